#include "base/timestamp.h"

#include <fmt/format.h>

#include <cstdint>

namespace remaphore {
namespace {

// Takes exactly `count` digits off the front of `text`.
std::optional<int> take_digits(std::string_view& text, std::size_t count) {
  if (text.size() < count) return std::nullopt;
  int number = 0;
  for (const char c : text.substr(0, count)) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + (c - '0');
  }
  text.remove_prefix(count);
  return number;
}

bool take(std::string_view& text, char c) {
  if (!text.starts_with(c)) return false;
  text.remove_prefix(1);
  return true;
}

// ".5" is 500,000,000; nothing before the zone is 0.
std::optional<std::int64_t> take_fraction(std::string_view& text) {
  if (!take(text, '.')) return 0;
  std::int64_t nanoseconds = 0;
  std::size_t digits = 0;
  for (; digits < text.size() && text[digits] >= '0' && text[digits] <= '9'; ++digits) {
    if (digits == 9) return std::nullopt;
    nanoseconds = nanoseconds * 10 + (text[digits] - '0');
  }
  if (digits == 0) return std::nullopt;
  text.remove_prefix(digits);
  for (; digits < 9; ++digits) nanoseconds *= 10;
  return nanoseconds;
}

// "Z" or "+01:30", and nothing after it.
std::optional<std::chrono::minutes> take_zone(std::string_view text) {
  if (text == "Z") return std::chrono::minutes(0);
  const bool west = text.starts_with('-');
  if (!take(text, '+') && !take(text, '-')) return std::nullopt;
  const auto hours = take_digits(text, 2);
  const bool colon = take(text, ':');
  const auto minutes = take_digits(text, 2);
  if (!hours || !colon || !minutes || !text.empty() || *hours > 23 || *minutes > 59) return std::nullopt;
  const std::chrono::minutes offset(*hours * 60 + *minutes);
  return west ? -offset : offset;
}

}  // namespace

std::string format_timestamp(WallTime time) {
  const auto micros = std::chrono::floor<std::chrono::microseconds>(time);
  const auto day = std::chrono::floor<std::chrono::days>(micros);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(micros - day);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), clock.hours().count(),
                     clock.minutes().count(), clock.seconds().count(), clock.subseconds().count());
}

std::optional<WallTime> parse_timestamp(std::string_view text) {
  const auto year = take_digits(text, 4);
  const bool dash = take(text, '-');
  const auto month = take_digits(text, 2);
  const bool second_dash = take(text, '-');
  const auto day = take_digits(text, 2);
  const bool middle = take(text, 'T');
  const auto hours = take_digits(text, 2);
  const bool colon = take(text, ':');
  const auto minutes = take_digits(text, 2);
  const bool second_colon = take(text, ':');
  const auto seconds = take_digits(text, 2);
  const auto fraction = take_fraction(text);
  const auto zone = take_zone(text);
  if (!year || !dash || !month || !second_dash || !day || !middle || !hours || !colon || !minutes || !second_colon ||
      !seconds || !fraction || !zone || *hours > 23 || *minutes > 59 || *seconds > 59) {
    return std::nullopt;
  }
  const std::chrono::year_month_day date(std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day)));
  if (!date.ok()) return std::nullopt;
  const auto whole = std::chrono::sys_days(date) + std::chrono::hours(*hours) + std::chrono::minutes(*minutes) - *zone +
                     std::chrono::seconds(*seconds);
  std::int64_t nanoseconds = 0;
  if (__builtin_mul_overflow(std::int64_t{whole.time_since_epoch().count()}, std::int64_t{1'000'000'000},
                             &nanoseconds) ||
      __builtin_add_overflow(nanoseconds, *fraction, &nanoseconds)) {
    return std::nullopt;
  }
  return WallTime(Duration(nanoseconds));
}

}  // namespace remaphore
