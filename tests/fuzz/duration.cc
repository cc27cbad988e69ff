// A duration's text against exact arithmetic, and there and back.

#include "base/duration.h"

#include <cstdlib>
#include <optional>
#include <string>

#include "fuzz/fuzz.h"

namespace remaphore {
namespace {

using fuzz::require;
using fuzz::Wide;

// Digits that the oracle judges: 3.6e12 (an hour) times such a number fits into 127 bits.
constexpr std::size_t kMaxWhole = 20, kMaxFraction = 17;

struct Exact {
  Wide nanoseconds = 0;  // each term rounded towards zero
  int fractions = 0;     // the terms that have one; each may be off by one, because Go computes them in a double
};

std::string_view take_digits(std::string_view& text) {
  const std::string_view digits = text.substr(0, text.find_first_not_of("0123456789"));
  text.remove_prefix(digits.size());
  return digits;
}

Wide value_of(std::string_view digits) {
  Wide value = 0;
  for (const char c : digits) value = value * 10 + (c - '0');
  return value;
}

// Nanoseconds, or 0.
Wide unit_of(std::string_view name) {
  if (name == "ns") return 1;
  if (name == "us" || name == "\xc2\xb5s" || name == "\xce\xbcs") return 1'000;
  if (name == "ms") return 1'000'000;
  if (name == "s") return 1'000'000'000;
  if (name == "m") return Wide{60} * 1'000'000'000;
  if (name == "h") return Wide{3600} * 1'000'000'000;
  return 0;
}

enum class Grammar { kWrong, kRight, kTooLong };

Grammar read(std::string_view text, Exact& exact) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (text == "0") return Grammar::kRight;
  if (text.empty()) return Grammar::kWrong;
  bool too_long = false;
  while (!text.empty()) {
    const std::string_view whole = take_digits(text);
    std::string_view fraction;
    if (text.starts_with('.')) {
      text.remove_prefix(1);
      fraction = take_digits(text);
    }
    if (whole.empty() && fraction.empty()) return Grammar::kWrong;
    const std::string_view name = text.substr(0, text.find_first_of(".0123456789"));
    text.remove_prefix(name.size());
    const Wide unit = unit_of(name);
    if (unit == 0) return Grammar::kWrong;
    if (whole.size() > kMaxWhole || fraction.size() > kMaxFraction || exact.nanoseconds >> 100 != 0) {
      too_long = true;
      continue;
    }
    Wide scale = 1;
    for (std::size_t i = 0; i < fraction.size(); ++i) scale *= 10;
    exact.nanoseconds += value_of(whole) * unit + value_of(fraction) * unit / scale;
    exact.fractions += fraction.empty() ? 0 : 1;
  }
  if (negative) exact.nanoseconds = -exact.nanoseconds;
  return too_long ? Grammar::kTooLong : Grammar::kRight;
}

void check_against_oracle(std::string_view text, const Result<Duration>& parsed) {
  Exact exact;
  const Grammar grammar = read(text, exact);
  if (grammar == Grammar::kWrong) require(!parsed, "what is not a duration is refused");
  if (grammar != Grammar::kRight) return;
  constexpr Wide kEnd = static_cast<Wide>(1) << 63;
  const Wide slack = exact.fractions;
  if (exact.nanoseconds - slack >= -kEnd && exact.nanoseconds + slack < kEnd) {
    require(parsed.has_value(), "a duration that fits is accepted");
    const Wide apart = parsed->count() - exact.nanoseconds;
    require(apart <= slack && -apart <= slack, "a duration has the value that it says");
  } else if (exact.nanoseconds + slack < -kEnd || exact.nanoseconds - slack >= kEnd) {
    require(!parsed, "a duration that does not fit is refused");
  }
}

// What is shown may be rounded: 1.9ms shows as 1ms.
void check_format(Duration duration) {
  const std::string shown = format_duration(duration);
  require(!shown.empty() && fuzz::is_one_line(shown), "a duration is shown on one line");
  const auto back = parse_duration(shown);
  if (!back) {
    require(shown.ends_with('d'), "what is shown can be read, but for days");
    return;
  }
  const double exact = static_cast<double>(duration.count()), off = static_cast<double>((*back - duration).count());
  require(std::abs(off) <= 1'000 || std::abs(off) <= std::abs(exact) / 2, "what is shown is near what it is");
}

}  // namespace
}  // namespace remaphore

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace remaphore;
  const std::string_view text = fuzz::text_of(data, size);
  const auto parsed = parse_duration(text);
  check_against_oracle(text, parsed);
  if (!parsed) {
    fuzz::require(parsed.error().code == Errc::kFormat && fuzz::is_one_line(parsed.error().message),
                  "an error is one line");
    return 0;
  }
  const auto again = parse_duration(std::to_string(parsed->count()) + "ns");
  fuzz::require(again && *again == *parsed, "there and back is the same");
  check_format(*parsed);
  return 0;
}
