#include "core/portion.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/redact.h"
#include "base/text.h"

namespace remaphore {
namespace {

Unexpected<Error> no_count(std::string_view also, std::string_view text) {
  return fail(Errc::kFormat,
              fmt::format("must be {}all, a number from 1 to 10000 or a percentage from 1% to 100%, not {}", also,
                          quote_redacted(text)));
}

}  // namespace

Result<Portion> Portion::parse(std::string_view text) {
  if (text == "all") return Portion(Kind::kPercent, 100);
  const bool percent = text.ends_with('%');
  const std::string_view digits = text.substr(0, text.size() - (percent ? 1 : 0));
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  const bool number = error == std::errc() && end == digits.data() + digits.size() && !digits.empty();
  if (!number || value < 1 || value > (percent ? 100u : 10'000u)) return no_count("", text);
  return Portion(percent ? Kind::kPercent : Kind::kNumber, value);
}

Result<std::optional<Portion>> Portion::parse_or_none(std::string_view text) {
  if (text == "0") return std::optional<Portion>();
  const auto count = parse(text);
  if (!count) return no_count("0, ", text);
  return std::optional(*count);
}

Result<std::vector<Portion>> Portion::parse_list(std::string_view text) {
  std::vector<Portion> counts;
  for (std::string_view rest = text;;) {
    const std::size_t comma = rest.find(',');
    const auto count = parse(trim(rest.substr(0, comma)));
    if (!count) return pass_on(count);
    counts.push_back(*count);
    if (comma == std::string_view::npos) return counts;
    rest.remove_prefix(comma + 1);
  }
}

std::size_t Portion::of(std::size_t total) const {
  return kind_ == Kind::kNumber ? value_ : std::max<std::size_t>(1, (total * value_ + 99) / 100);
}

}  // namespace remaphore
