#include "base/json_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/base64.h"
#include "base/unicode.h"
#include "base/utf8.h"

namespace remaphore {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";  // U+FFFD

// UTF-16, as RFC 8259 requires.
std::string escape_code(std::uint32_t code) {
  if (code < 0x10000) return fmt::format("\\u{:04x}", code);
  code -= 0x10000;
  return fmt::format("\\u{:04x}\\u{:04x}", 0xd800 + (code >> 10), 0xdc00 + (code & 0x3ff));
}

// The escape for a character of `size` bytes at the front; nothing if it needs none.
std::string escape_of(std::string_view text, std::size_t size) {
  const std::uint32_t code = utf8::code_point(text, size);
  switch (code) {
    case '"': return "\\\"";
    case '\\': return "\\\\";
    case '\n': return "\\n";
    case '\r': return "\\r";
    case '\t': return "\\t";
    default: return code < 0x20 || code == 0x7f || is_invisible(code) ? escape_code(code) : std::string();
  }
}

bool is_plain(char c) { return c >= 0x20 && c < 0x7f && c != '"' && c != '\\'; }

void append_string(std::string& out, std::string_view text) {
  out.reserve(out.size() + text.size() + 2);
  out.push_back('"');
  while (!text.empty()) {
    const auto plain = std::find_if_not(text.begin(), text.end(), is_plain);
    out.append(text.begin(), plain);
    text.remove_prefix(static_cast<std::size_t>(plain - text.begin()));
    if (text.empty()) break;
    const std::size_t size = utf8::character_size(text);
    if (size == 0) {
      out += kReplacement;
      text.remove_prefix(1);
      continue;
    }
    const std::string escape = escape_of(text, size);
    out += escape.empty() ? text.substr(0, size) : std::string_view(escape);
    text.remove_prefix(size);
  }
  out.push_back('"');
}

}  // namespace

void JsonObject::name(std::string_view name) {
  if (!members_.empty()) members_.push_back(',');
  append_string(members_, name);
  members_.push_back(':');
}

JsonObject& JsonObject::text(std::string_view member, std::string_view value) {
  name(member);
  append_string(members_, value);
  return *this;
}

JsonObject& JsonObject::bytes(std::string_view member, std::string_view value, std::string_view encoding) {
  if (utf8::is_valid(value)) return text(member, value);
  return text(member, base64(value)).text(encoding, "base64");
}

JsonObject& JsonObject::number(std::string_view member, std::int64_t value) {
  name(member);
  fmt::format_to(std::back_inserter(members_), "{}", value);
  return *this;
}

JsonObject& JsonObject::count(std::string_view member, std::uint64_t value) {
  name(member);
  const fmt::format_int digits(value);
  members_.append(digits.data(), digits.size());
  return *this;
}

JsonObject& JsonObject::seconds(std::string_view member, Duration value) {
  const auto micros = std::max(Duration(0), value).count() / 1000;
  name(member);
  fmt::format_to(std::back_inserter(members_), "{}.{:06}", micros / 1'000'000, micros % 1'000'000);
  return *this;
}

JsonObject& JsonObject::flag(std::string_view member, bool value) {
  name(member);
  members_ += value ? "true" : "false";
  return *this;
}

JsonObject& JsonObject::object(std::string_view member, const JsonObject& value) {
  name(member);
  members_ += '{' + value.members_ + '}';
  return *this;
}

JsonObject& JsonObject::texts(std::string_view member, std::span<const std::string> values) {
  name(member);
  members_.push_back('[');
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i > 0) members_.push_back(',');
    append_string(members_, values[i]);
  }
  members_.push_back(']');
  return *this;
}

}  // namespace remaphore
