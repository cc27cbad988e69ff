#include "base/redact.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>

#include "base/text.h"

namespace remaphore {
namespace {

constexpr std::size_t kShortWord = 7, kLongestSpoken = 20, kShortName = 24;

bool is_decimal(char c) { return c >= '0' && c <= '9'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_key_character(char c) { return is_decimal(c) || is_lower(c) || is_upper(c) || c == '+'; }
bool is_plain(std::string_view run) {
  return std::all_of(run.begin(), run.end(), [](char c) { return is_lower(c) || is_decimal(c); });
}

// "deploy", "Identities", "webserver01", "4222".
bool is_spoken(std::string_view run) {
  const auto digits = std::find_if_not(run.begin() + 1, run.end(), is_lower);
  return std::all_of(digits, run.end(), is_decimal);
}

bool may_be_shown(std::string_view run, Place place) {
  if (place == Place::kPath) return run.size() <= kShortName || is_plain(run);
  return run.size() <= kShortWord || (run.size() <= kLongestSpoken && is_spoken(run));
}

}  // namespace

std::string redact(std::string_view text, Place place) {
  std::string shown;
  while (!text.empty()) {
    const auto end = std::find_if_not(text.begin(), text.end(), is_key_character);
    const std::string_view run = text.substr(0, static_cast<std::size_t>(end - text.begin()));
    if (may_be_shown(run, place)) {
      shown += run;
    } else {
      shown += fmt::format("({} characters not shown)", run.size());
    }
    text.remove_prefix(run.size());
    if (text.empty()) break;
    shown += text.front();
    text.remove_prefix(1);
  }
  return shown;
}

std::string quote_redacted(std::string_view text) { return quote(redact(text)); }

std::string display_path(std::string_view path) { return escape_control(redact(path, Place::kPath)); }

}  // namespace remaphore
