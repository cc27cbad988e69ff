#include "fleet/fields.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdio>

#include "base/redact.h"
#include "base/text.h"
#include "fleet/node.h"

namespace remaphore::fleet {

std::vector<std::string_view> fields(std::string_view line) {
  std::vector<std::string_view> found;
  for (line = trim(line); !line.empty(); line = trim(line)) {
    std::size_t end = 0;
    while (end < line.size() && !is_blank(line[end])) ++end;
    found.push_back(line.substr(0, end));
    line.remove_prefix(end);
  }
  return found;
}

Result<PublicKey> parse_key(std::string_view text) {
  Result<PublicKey> key = keys::public_key_from_base58(text);
  if (!key) return fail(Errc::kConfig, fmt::format("{}: {}", quote_redacted(text), key.error().message));
  return key;
}

std::string format_time(std::int64_t unix_seconds) {
  const std::chrono::sys_seconds time{std::chrono::seconds(unix_seconds)};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), clock.hours().count(),
                     clock.minutes().count(), clock.seconds().count());
}

std::optional<std::int64_t> parse_time(std::string_view given) {
  const std::string text(given);
  int year = 0, hour = 0, minute = 0, second = 0;
  unsigned month = 0, day = 0;
  if (text.size() != 20 ||
      std::sscanf(text.c_str(), "%4d-%2u-%2uT%2d:%2d:%2dZ", &year, &month, &day, &hour, &minute, &second) != 6) {
    return std::nullopt;
  }
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month), std::chrono::day(day)};
  if (!date.ok()) return std::nullopt;
  const std::chrono::sys_seconds time = std::chrono::sys_days(date) + std::chrono::hours(hour) +
                                        std::chrono::minutes(minute) + std::chrono::seconds(second);
  const std::int64_t seconds = time.time_since_epoch().count();
  return format_time(seconds) == text ? std::optional(seconds) : std::nullopt;
}

std::optional<std::uint64_t> parse_serial(std::string_view text) {
  constexpr std::size_t kMaxDigits = 18;
  if (text.empty() || text.size() > kMaxDigits || (text.size() > 1 && text.front() == '0')) return std::nullopt;
  std::uint64_t serial = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    serial = serial * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return serial;
}

std::string format_group(const Group& group) { return fmt::format("{} {}", group.name, join(group.members, ",")); }

std::string format_groups(const Groups& groups) {
  std::string text = "# [ Groups ] of every node's config: NAME member,member. remaphore.conf(5)\n";
  for (const Group& group : groups.all()) text += format_group(group) + '\n';
  return text;
}

Result<Groups> parse_groups(std::string_view text) {
  Groups groups;
  for (std::uint32_t number = 1; !text.empty(); ++number) {
    const std::size_t end = text.find('\n');
    const std::string_view whole = text.substr(0, end), line = trim(whole.substr(0, whole.find('#')));
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
    if (line.empty()) continue;
    if (line.find_first_of("\r\v\f") != line.npos || !is_visible(fmt::format("{}", fmt::join(fields(line), ""))))
      return fail(Errc::kConfig, fmt::format("line {}: a group has visible characters only", number));
    if (Result<void> added = groups.add(line, number); !added)
      return fail(Errc::kConfig, fmt::format("line {}: {}", number, added.error().message));
  }
  if (const auto fault = groups.find_fault())
    return fail(Errc::kConfig, fmt::format("line {}: {}", fault->line, fault->what));
  return groups;
}

}  // namespace remaphore::fleet
