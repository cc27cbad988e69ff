#include "core/value_kind.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>

#include "base/duration.h"
#include "base/redact.h"
#include "core/portion.h"

namespace remaphore {
namespace {

constexpr Bounds kAnyNumber{1, 10'000};

std::string no_fault(const ValueRule&, std::string_view) { return ""; }

std::string duration_fault(const ValueRule& rule, std::string_view value) {
  const auto duration = parse_duration(value);
  if (!duration) return fmt::format(": {}", duration.error().message);
  if (duration->count() < 0) return fmt::format(" must not be negative: {}", quote_redacted(value));
  const bool fits = duration->count() >= rule.bounds.min && duration->count() <= rule.bounds.max;
  if (!rule.bounds.are_given() || fits) return "";
  return fmt::format(" takes a duration from {}, not {}", bounds_text(rule), quote_redacted(value));
}

std::string number_fault(const ValueRule& rule, std::string_view value) {
  if (parse_number(value, rule.bounds)) return "";
  const Bounds& bounds = rule.bounds.are_given() ? rule.bounds : kAnyNumber;
  return fmt::format(" takes a number from {} to {}, not {}", bounds.min, bounds.max, quote_redacted(value));
}

std::string count_fault(const ValueRule&, std::string_view value) {
  const auto count = Portion::parse(value);
  return count ? "" : fmt::format(" {}", count.error().message);
}

std::string counts_fault(const ValueRule&, std::string_view value) {
  const auto counts = Portion::parse_list(value);
  return counts ? "" : fmt::format(": each count {}", counts.error().message);
}

std::string count_or_none_fault(const ValueRule&, std::string_view value) {
  const auto count = Portion::parse_or_none(value);
  return count ? "" : fmt::format(" {}", count.error().message);
}

// "auto, never or always"
std::string listed(std::string_view choices) {
  std::string text;
  while (true) {
    const std::size_t bar = choices.find('|');
    text += choices.substr(0, bar);
    if (bar == std::string_view::npos) return text;
    choices.remove_prefix(bar + 1);
    text += choices.find('|') == std::string_view::npos ? " or " : ", ";
  }
}

bool is_choice(std::string_view choices, std::string_view value) {
  for (std::size_t begin = 0; begin <= choices.size();) {
    const std::size_t end = std::min(choices.find('|', begin), choices.size());
    if (choices.substr(begin, end - begin) == value) return true;
    begin = end + 1;
  }
  return false;
}

std::string choice_fault(const ValueRule& rule, std::string_view value) {
  if (is_choice(rule.choices, value)) return "";
  return fmt::format(" takes {}, not {}", listed(rule.choices), quote_redacted(value));
}

struct KindRow {
  ValueKind kind;
  std::string (*fault)(const ValueRule& rule, std::string_view value);
};

constexpr KindRow kKinds[] = {
    {ValueKind::kFlag, no_fault},
    {ValueKind::kText, no_fault},
    {ValueKind::kDuration, duration_fault},
    {ValueKind::kNumber, number_fault},
    {ValueKind::kCount, count_fault},
    {ValueKind::kCounts, counts_fault},
    {ValueKind::kCountOrNone, count_or_none_fault},
    {ValueKind::kChoice, choice_fault},
    {ValueKind::kFile, no_fault},
    {ValueKind::kDirectory, no_fault},
    {ValueKind::kDestination, no_fault},
    {ValueKind::kVerb, no_fault},
    {ValueKind::kPublicKey, no_fault},
    {ValueKind::kNode, no_fault},
};

// Each row is at the place of its kind.
constexpr bool are_in_order() {
  for (std::size_t i = 0; i < std::size(kKinds); ++i) {
    if (static_cast<std::size_t>(kKinds[i].kind) != i) return false;
  }
  return true;
}
static_assert(are_in_order());

}  // namespace

std::string value_fault(const ValueRule& rule, std::string_view value) {
  return kKinds[static_cast<std::size_t>(rule.kind)].fault(rule, value);
}

std::optional<std::uint32_t> parse_number(std::string_view text, const Bounds& bounds) {
  const Bounds& within = bounds.are_given() ? bounds : kAnyNumber;
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (number < within.min || number > within.max) return std::nullopt;
  return number;
}

std::string bounds_text(const ValueRule& rule) {
  const auto& [min, max] = rule.bounds;
  if (!rule.bounds.are_given()) return "";
  if (rule.kind == ValueKind::kNumber) return fmt::format("{} to {}", min, max);
  return fmt::format("{} to {}", format_duration(Duration(min)), format_duration(Duration(max)));
}

}  // namespace remaphore
