#include "core/requirement.h"

#include <fmt/format.h>

#include <charconv>

#include "base/text.h"

namespace remaphore {

Result<Requirement> Requirement::parse(std::string_view text) {
  if (text == "all") return Requirement(Kind::kPercent, 100);
  const bool percent = text.ends_with('%');
  const std::string_view digits = text.substr(0, text.size() - (percent ? 1 : 0));
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  const bool number = error == std::errc() && end == digits.data() + digits.size() && !digits.empty();
  if (!number || value < 1 || value > (percent ? 100u : 10'000u)) {
    return fail(Errc::kFormat,
                fmt::format("not all, a number from 1 to 10000 or a percentage from 1% to 100%: {}", quote(text)));
  }
  return Requirement(percent ? Kind::kPercent : Kind::kNumber, value);
}

std::size_t Requirement::of(std::size_t awaited) const {
  return kind_ == Kind::kNumber ? value_ : (awaited * value_ + 99) / 100;
}

}  // namespace remaphore
