#include "base/json_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/base64.h"
#include "base/utf8.h"

namespace remaphore {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";  // U+FFFD

// Of a character of `size` bytes at the front; nothing if it stands for itself.
std::string escape_of(std::string_view text, std::size_t size) {
  const auto byte = static_cast<unsigned char>(text[size - 1]);  // of U+0080 to U+009F, C2 80 to C2 9F, the last too
  if (size == 2 && text[0] == '\xc2' && byte < 0xa0) return fmt::format("\\u{:04x}", byte);
  if (size != 1) return {};
  switch (byte) {
    case '"': return "\\\"";
    case '\\': return "\\\\";
    case '\n': return "\\n";
    case '\r': return "\\r";
    case '\t': return "\\t";
    default: return byte < 0x20 || byte == 0x7f ? fmt::format("\\u{:04x}", byte) : std::string();
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
  fmt::format_to(std::back_inserter(members_), "{}", value);
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

}  // namespace remaphore
