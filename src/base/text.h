// Text from outside, made safe to show.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace remaphore {

inline constexpr std::size_t kMaxQuoted = 120;  // bytes of a foreign text that an error message repeats

// "text" in double quotes, cut after kMaxQuoted bytes; escaped is what escape_control() escapes, quotes, and blanks that
// look like a space and are none.
std::string quote(std::string_view text);

enum class Layout { kEscaped, kKept };  // newline and tab

// Control bytes (C0, DEL) and the invisible characters of base/unicode.h become \xNN, byte by byte; newline and tab as
// `layout` says. Safe on a terminal that reads UTF-8; for any other escape_beyond_ascii() what comes out.
std::string escape_control(std::string_view text, Layout layout = Layout::kEscaped);

// Bytes from 0x80 on become \xNN: 0x9b, which is also part of characters of UTF-8, begins a control sequence on an
// 8-bit terminal.
std::string escape_beyond_ascii(std::string_view text);

// Without the white space at either end, or only at the end of the text: Unicode's.
std::string_view trim(std::string_view text);
std::string_view trim_end(std::string_view text);

// Cuts the first word off `rest`, at white space of Unicode; what is left has none at either end.
std::string_view take_word(std::string_view& rest);

// Nothing in it but characters that a person can see: no white space of Unicode, and nothing that escape_control()
// escapes.
bool is_visible(std::string_view text);

// By ASCII's letters.
bool equals_ignoring_case(std::string_view a, std::string_view b);

// Space, tab, newline, carriage return, vertical tab, form feed.
bool is_blank(char c);

}  // namespace remaphore
