#include "base/duration.h"

#include <fmt/format.h>

#include <cstdint>

#include "base/redact.h"

namespace remaphore {
namespace {

constexpr std::uint64_t kLimit = std::uint64_t{1} << 63;  // the magnitude of the most negative duration

struct Unit {
  std::string_view name;
  std::uint64_t nanoseconds;
};
constexpr Unit kUnits[] = {
    {"ns", 1},         {"us", 1'000},        {"\u00b5s", 1'000},    {"\u03bcs", 1'000},
    {"ms", 1'000'000}, {"s", 1'000'000'000}, {"m", 60'000'000'000}, {"h", 3'600'000'000'000},
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Consumes the leading digits; false on overflow.
bool take_whole(std::string_view& text, std::uint64_t& value) {
  for (value = 0; !text.empty() && is_digit(text.front()); text.remove_prefix(1)) {
    if (value > kLimit / 10) return false;
    value = value * 10 + static_cast<std::uint64_t>(text.front() - '0');
    if (value > kLimit) return false;
  }
  return true;
}

// Consumes the leading digits as a fraction value / scale; digits beyond 63 bits of precision are dropped, as Go does.
void take_fraction(std::string_view& text, std::uint64_t& value, double& scale) {
  bool full = false;
  for (value = 0, scale = 1; !text.empty() && is_digit(text.front()); text.remove_prefix(1)) {
    if (full || value > (kLimit - 1) / 10) {
      full = true;
      continue;
    }
    const std::uint64_t next = value * 10 + static_cast<std::uint64_t>(text.front() - '0');
    if (next > kLimit) {
      full = true;
      continue;
    }
    value = next;
    scale *= 10;
  }
}

const Unit* take_unit(std::string_view& text) {
  std::size_t size = 0;
  while (size < text.size() && text[size] != '.' && !is_digit(text[size])) ++size;
  const std::string_view name = text.substr(0, size);
  text.remove_prefix(size);
  for (const Unit& unit : kUnits) {
    if (unit.name == name) return &unit;
  }
  return nullptr;
}

// One "1.5h". False if malformed or too large.
bool take_term(std::string_view& text, std::uint64_t& nanoseconds) {
  std::uint64_t whole = 0, fraction = 0;
  double scale = 1;
  const std::size_t before = text.size();
  if (!take_whole(text, whole)) return false;
  bool digits = text.size() != before;
  if (!text.empty() && text.front() == '.') {
    text.remove_prefix(1);
    const std::size_t point = text.size();
    take_fraction(text, fraction, scale);
    digits = digits || text.size() != point;
  }
  if (!digits) return false;
  const Unit* unit = take_unit(text);
  if (unit == nullptr || whole > kLimit / unit->nanoseconds) return false;
  nanoseconds = whole * unit->nanoseconds;
  if (fraction > 0) {
    nanoseconds +=
        static_cast<std::uint64_t>(static_cast<double>(fraction) * (static_cast<double>(unit->nanoseconds) / scale));
  }
  return nanoseconds <= kLimit;
}

}  // namespace

Result<Duration> parse_duration(std::string_view text) {
  const auto malformed = [text] {
    return fail(Errc::kFormat, fmt::format("not a duration like 10s or 1h30m: {}", quote_redacted(text)));
  };
  std::string_view rest = text;
  const bool negative = !rest.empty() && rest.front() == '-';
  if (!rest.empty() && (rest.front() == '-' || rest.front() == '+')) rest.remove_prefix(1);
  if (rest == "0") return Duration(0);
  if (rest.empty()) return malformed();

  std::uint64_t total = 0;
  while (!rest.empty()) {
    std::uint64_t term = 0;
    if (!take_term(rest, term)) return malformed();
    if (term > kLimit - total) return malformed();
    total += term;
  }
  if (negative) return Duration(static_cast<std::int64_t>(~total + 1));
  if (total > kLimit - 1) return malformed();
  return Duration(static_cast<std::int64_t>(total));
}

std::string format_duration(Duration duration) {
  const std::int64_t ns = duration.count();
  if (ns < 0) return duration == Duration::min() ? "-106751d" : fmt::format("-{}", format_duration(-duration));
  if (ns == 0) return "0s";
  if (ns < 1'000'000) return fmt::format("{}us", (ns + 999) / 1'000);
  if (ns < 1'000'000'000) return fmt::format("{}ms", ns / 1'000'000);
  const std::int64_t seconds = ns / 1'000'000'000;
  if (seconds < 60) {
    const std::int64_t tenths = ns / 100'000'000 % 10;
    return tenths == 0 ? fmt::format("{}s", seconds) : fmt::format("{}.{}s", seconds, tenths);
  }
  if (seconds < 3600) {
    return seconds % 60 == 0 ? fmt::format("{}m", seconds / 60) : fmt::format("{}m{}s", seconds / 60, seconds % 60);
  }
  const std::int64_t minutes = seconds / 60;
  if (minutes < std::int64_t{48} * 60) {
    return minutes % 60 == 0 ? fmt::format("{}h", minutes / 60) : fmt::format("{}h{}m", minutes / 60, minutes % 60);
  }
  return fmt::format("{}d", minutes / (std::int64_t{24} * 60));
}

}  // namespace remaphore
