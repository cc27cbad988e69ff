#include "core/name_range.h"

#include <fmt/format.h>

#include <charconv>
#include <cstdint>
#include <optional>
#include <utility>

#include "base/redact.h"
#include "base/text.h"

namespace remaphore {
namespace {

constexpr std::size_t kMaxDigits = 9;

struct Range {
  std::uint32_t from, to;
  std::size_t width;  // numbers are zero-padded to it
};

std::optional<std::uint32_t> parse_digits(std::string_view text) {
  std::uint32_t number = 0;
  if (text.empty() || text.size() > kMaxDigits) return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<Range> parse_range(std::string_view text) {
  const std::size_t dash = text.find('-');
  const std::string_view first = text.substr(0, dash);
  const std::string_view last = dash == std::string_view::npos ? first : text.substr(dash + 1);
  const auto from = parse_digits(first), to = parse_digits(last);
  if (!from || !to || *from > *to) return std::nullopt;
  const bool padded = first.starts_with('0') && first.size() > 1;
  const bool same_width = first.size() == last.size();
  if ((padded || (last.starts_with('0') && last.size() > 1)) && !same_width) return std::nullopt;
  return Range{*from, *to, padded ? first.size() : 1};
}

Unexpected<Error> malformed(std::string_view text, std::string_view why) {
  return fail(Errc::kFormat, fmt::format("{} {}", quote_redacted(text), why));
}

Unexpected<Error> too_many(std::string_view text) {
  return malformed(text, fmt::format("stands for more than {} names", kMaxExpandedNames));
}

// The numbers of one bracket, as text; at most kMaxExpandedNames are made.
Result<std::vector<std::string>> spell_bracket(std::string_view inside, std::string_view text) {
  std::vector<std::string> numbers;
  for (std::string_view rest = inside;;) {
    const std::size_t comma = rest.find(',');
    const std::string_view part = trim(rest.substr(0, comma));
    const auto range = parse_range(part);
    if (!range) {
      return malformed(
          text, fmt::format("is not a valid name range such as db[1-5] or web[01-12,20]: not a number or a range: {}",
                            quote_redacted(part)));
    }
    if (range->to - range->from >= kMaxExpandedNames - numbers.size()) return too_many(text);
    for (std::uint32_t n = range->from; n <= range->to; ++n) numbers.push_back(fmt::format("{:0{}}", n, range->width));
    if (comma == std::string_view::npos) return numbers;
    rest.remove_prefix(comma + 1);
  }
}

}  // namespace

bool has_range(std::string_view text) { return text.find_first_of("[]") != std::string_view::npos; }

Result<std::vector<std::string>> expand_names(std::string_view text) {
  std::vector<std::string> names{""};
  const auto append_to_all = [&names](std::string_view more) {
    for (std::string& name : names) name += more;
  };
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t open = rest.find_first_of("[]");
    append_to_all(rest.substr(0, open));
    if (open == std::string_view::npos) break;
    const std::size_t close = rest.find_first_of("[]", open + 1);
    if (rest[open] != '[' || close == std::string_view::npos || rest[close] != ']') {
      return malformed(text, "is not a valid name range such as db[1-5] or web[01-12,20]: brackets come in pairs");
    }
    auto numbers = spell_bracket(rest.substr(open + 1, close - open - 1), text);
    if (!numbers) return pass_on(numbers);
    if (names.size() * numbers->size() > kMaxExpandedNames) return too_many(text);
    std::vector<std::string> longer;
    longer.reserve(names.size() * numbers->size());
    for (const std::string& name : names) {
      for (const std::string& number : *numbers) longer.push_back(name + number);
    }
    names = std::move(longer);
    rest.remove_prefix(close + 1);
  }
  return names;
}

}  // namespace remaphore
