#include "base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/utf8.h"

namespace remaphore {
namespace {

void append_escaped(std::string& out, unsigned char c) { fmt::format_to(std::back_inserter(out), "\\x{:02x}", c); }

// 1 for a byte that is part of none.
std::size_t character_size(std::string_view text) { return std::max<std::size_t>(utf8::character_size(text), 1); }

// White space beyond ASCII, as UTF-8. No character of UTF-8 is the end of another, so that bytes may be compared.
constexpr std::array<std::string_view, 19> kWideBlanks = {
    "\u0085", "\u00a0", "\u1680", "\u2000", "\u2001", "\u2002", "\u2003", "\u2004", "\u2005", "\u2006",
    "\u2007", "\u2008", "\u2009", "\u200a", "\u2028", "\u2029", "\u202f", "\u205f", "\u3000"};

// Bytes of the white space character at one end of `text`; 0 if there is none.
enum class End { kFront, kBack };
std::size_t blank_at(End end, std::string_view text) {
  if (text.empty()) return 0;
  const bool front = end == End::kFront;
  const char outermost = front ? text.front() : text.back();
  if (static_cast<unsigned char>(outermost) < 0x80) return is_blank(outermost);
  for (const std::string_view blank : kWideBlanks) {
    if (front ? text.starts_with(blank) : text.ends_with(blank)) return blank.size();
  }
  return 0;
}

}  // namespace

bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

std::string_view trim(std::string_view text) {
  while (const std::size_t size = blank_at(End::kFront, text)) text.remove_prefix(size);
  while (const std::size_t size = blank_at(End::kBack, text)) text.remove_suffix(size);
  return text;
}

std::string escape_control(std::string_view text, Layout layout) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto c = static_cast<unsigned char>(text.front());
    const std::size_t size = character_size(text);
    // U+0080 to U+009F, C2 80 to C2 9F, are control sequences to a terminal, and so are these bytes alone where it does
    // not read UTF-8.
    const bool c1 =
        (size == 2 && c == 0xc2 && static_cast<unsigned char>(text[1]) < 0xa0) || (size == 1 && c >= 0x80 && c < 0xa0);
    const bool kept = layout == Layout::kKept && (c == '\n' || c == '\t');
    if (c1 || (c < 0x20 && !kept) || c == 0x7f) {
      for (const char byte : text.substr(0, size)) append_escaped(out, static_cast<unsigned char>(byte));
    } else {
      out += text.substr(0, size);
    }
    text.remove_prefix(size);
  }
  return out;
}

std::string quote(std::string_view text) {
  std::string out = "\"";
  for (const char c : escape_control(text.substr(0, kMaxQuoted))) {
    if (c == '"') out.push_back('\\');
    out.push_back(c);
  }
  out += text.size() > kMaxQuoted ? "\"..." : "\"";
  return out;
}

}  // namespace remaphore
