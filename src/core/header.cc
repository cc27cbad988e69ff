#include "core/header.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace remaphore::header {
namespace {

bool is_name_byte(char c) { return c > ' ' && c < 0x7f && c != ':'; }

bool is_value_byte(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return c == '\t' || (byte >= 0x20 && byte != 0x7f);
}

}  // namespace

Result<void> check(const Header& header) {
  const auto& [name, value] = header;
  if (name.empty() || !std::all_of(name.begin(), name.end(), is_name_byte)) {
    return fail(Errc::kUsage, fmt::format("not a usable header name: {}", quote(name)));
  }
  if (!std::all_of(value.begin(), value.end(), is_value_byte) || trim(value).size() != value.size()) {
    return fail(Errc::kUsage, fmt::format("not a usable value of the header {}: {}", name, quote(value)));
  }
  return {};
}

}  // namespace remaphore::header
