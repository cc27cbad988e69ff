#include "base/byte_size.h"

#include <fmt/format.h>

#include <string_view>

namespace remaphore {

std::string format_byte_size(std::int64_t bytes) {
  constexpr std::string_view kUnits[] = {"TiB", "GiB", "MiB", "KiB"};
  int shift = 40;
  for (const std::string_view unit : kUnits) {
    const std::int64_t one = std::int64_t{1} << shift;
    shift -= 10;
    if (bytes < one) continue;
    if (bytes % one == 0) return fmt::format("{} {}", bytes / one, unit);
    return fmt::format("{:.1f} {}", static_cast<double>(bytes) / static_cast<double>(one), unit);
  }
  return fmt::format("{} bytes", bytes);
}

}  // namespace remaphore
