// Makes text from outside safe to show.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace remaphore {

inline constexpr std::size_t kMaxQuoted = 120;  // bytes of a foreign text that an error message repeats

// "text" in double quotes, cut after kMaxQuoted bytes. Escapes what escape_control() escapes, quotes, and characters
// that look like a space but are not one.
std::string quote(std::string_view text);

enum class Layout { kEscaped, kKept };  // newline and tab

// Control bytes (C0, DEL) and the invisible characters of base/unicode.h become \xNN, byte by byte; `layout` decides
// about newline and tab. Safe on a terminal that reads UTF-8; for any other, use escape_beyond_ascii() on the result.
std::string escape_control(std::string_view text, Layout layout = Layout::kEscaped);

// Bytes from 0x80 on become \xNN: 0x9b, which also occurs inside UTF-8 characters, begins a control sequence on an
// 8-bit terminal.
std::string escape_beyond_ascii(std::string_view text);

// `text` without Unicode white space at both ends, or only at its end.
std::string_view trim(std::string_view text);
std::string_view trim_end(std::string_view text);

// Cuts the first word off `rest`, at Unicode white space; the remainder has none at either end.
std::string_view take_word(std::string_view& rest);

// True if every character is visible: no Unicode white space, and nothing that escape_control()
// escapes.
bool is_visible(std::string_view text);

// Ignores the case of ASCII letters only.
bool equals_ignoring_case(std::string_view a, std::string_view b);

// Space, tab, newline, carriage return, vertical tab, form feed.
bool is_blank(char c);

}  // namespace remaphore
