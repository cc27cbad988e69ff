// Text from outside, made safe to show.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace remaphore {

inline constexpr std::size_t kMaxQuoted = 120;  // bytes of a foreign text that an error message repeats

// "text" in double quotes, control bytes and quotes escaped, cut after kMaxQuoted bytes.
std::string quote(std::string_view text);

enum class Layout { kEscaped, kKept };  // newline and tab

// Control bytes (C0, DEL and, as UTF-8, C1) become \x1b; newline and tab as `layout` says.
std::string escape_control(std::string_view text, Layout layout = Layout::kEscaped);

// Without the white space at either end: Unicode's.
std::string_view trim(std::string_view text);

// Space, tab, newline, carriage return, vertical tab, form feed.
bool is_blank(char c);

}  // namespace remaphore
