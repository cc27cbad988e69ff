#include "base/text.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/unicode.h"
#include "base/utf8.h"

namespace remaphore {
namespace {

void append_escaped(std::string& out, std::string_view bytes) {
  for (const char c : bytes) fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<unsigned char>(c));
}

// Bytes to take at a time: a byte that is not part of a character stands alone.
std::size_t step(std::size_t character_size) { return std::max<std::size_t>(character_size, 1); }

// A sequence beyond ASCII at the front of `text` that a terminal may obey or that is invisible. Lone C1 bytes
// are control characters on a terminal that does not read UTF-8.
bool is_hidden(std::string_view text, std::size_t character_size) {
  const auto c = static_cast<unsigned char>(text.front());
  if (character_size == 0) return c < 0xa0;
  return character_size > 1 && is_invisible(utf8::code_point(text, character_size));
}

// White space beyond ASCII, as UTF-8. No UTF-8 character is the end of another, so bytes may be compared. Arrays, since
// pointers would have to be relocated at every start.
constexpr char kWideBlanks[][4] = {"\u0085", "\u00a0", "\u1680", "\u2000", "\u2001", "\u2002", "\u2003",
                                   "\u2004", "\u2005", "\u2006", "\u2007", "\u2008", "\u2009", "\u200a",
                                   "\u2028", "\u2029", "\u202f", "\u205f", "\u3000"};

bool is_ascii(char c) { return static_cast<unsigned char>(c) < 0x80; }

// Bytes of the white space character beyond ASCII at one end of `text`; 0 if there is none.
enum class End { kFront, kBack };
std::size_t wide_blank_at(End end, std::string_view text) {
  for (const std::string_view blank : kWideBlanks) {
    if (end == End::kFront ? text.starts_with(blank) : text.ends_with(blank)) return blank.size();
  }
  return 0;
}

// The same for any white space. Inline, as it is asked for every byte of a config.
inline std::size_t blank_at(End end, std::string_view text) {
  if (text.empty()) return 0;
  const char outermost = end == End::kFront ? text.front() : text.back();
  return is_ascii(outermost) ? is_blank(outermost) : wide_blank_at(end, text);
}

// Neither blank nor escaped, without a closer look.
bool is_plain_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

}  // namespace

bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

std::string_view trim(std::string_view text) {
  while (const std::size_t size = blank_at(End::kFront, text)) text.remove_prefix(size);
  return trim_end(text);
}

std::string_view trim_end(std::string_view text) {
  while (const std::size_t size = blank_at(End::kBack, text)) text.remove_suffix(size);
  return text;
}

std::string_view take_word(std::string_view& rest) {
  rest = trim(rest);
  std::size_t size = 0;
  while (size < rest.size() && blank_at(End::kFront, rest.substr(size)) == 0) ++size;
  const std::string_view word = rest.substr(0, size);
  rest = trim(rest.substr(size));
  return word;
}

bool is_visible(std::string_view text) {
  if (is_plain_ascii(text)) return true;
  std::string_view rest = text;
  return take_word(rest).size() == text.size() && escape_control(text) == text;
}

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [lower](char x, char y) { return lower(x) == lower(y); });
}

std::string escape_control(std::string_view text, Layout layout) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto c = static_cast<unsigned char>(text.front());
    const std::size_t size = utf8::character_size(text);
    const bool kept = layout == Layout::kKept && (c == '\n' || c == '\t');
    if ((c < 0x20 && !kept) || c == 0x7f || is_hidden(text, size)) {
      append_escaped(out, text.substr(0, step(size)));
    } else {
      out += text.substr(0, step(size));
    }
    text.remove_prefix(step(size));
  }
  return out;
}

std::string escape_beyond_ascii(std::string_view text) {
  std::string out;
  for (const char& c : text) {
    static_cast<unsigned char>(c) >= 0x80 ? append_escaped(out, {&c, 1}) : out.push_back(c);
  }
  return out;
}

std::string quote(std::string_view text) {
  std::string out = "\"";
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::string_view one = rest.substr(0, step(utf8::character_size(rest)));
    if (text.size() - rest.size() + one.size() > kMaxQuoted) break;
    if (one == "\"") {
      out += "\\\"";
    } else if (one.size() > 1 && blank_at(End::kFront, one) > 0) {
      append_escaped(out, one);
    } else {
      out += escape_control(one);
    }
    rest.remove_prefix(one.size());
  }
  out += rest.empty() ? "\"" : "\"...";
  return out;
}

}  // namespace remaphore
