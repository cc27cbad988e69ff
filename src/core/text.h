// Text from outside, made safe to show.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace remaphore {

inline constexpr std::size_t kMaxQuoted = 120;  // bytes of a foreign text that an error message repeats

// "text" in double quotes, control bytes and quotes escaped, cut after kMaxQuoted bytes.
std::string quote(std::string_view text);

// Control bytes (C0, DEL and, as UTF-8, C1) become \x1b; newline and tab stay if `keep_layout`.
std::string escape_control(std::string_view text, bool keep_layout);

// Without the ASCII white space at either end.
std::string_view trim(std::string_view text);

// Bytes of the UTF-8 character at the front of `text`, which is not empty (RFC 3629, but overlong ones and surrogates are
// not told apart); 1 if there is none.
std::size_t utf8_size(std::string_view text);

// Space, tab, newline, carriage return, vertical tab, form feed.
bool is_blank(char c);

}  // namespace remaphore
