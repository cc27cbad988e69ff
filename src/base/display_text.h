// The width of text on a terminal, in columns.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace remaphore {

enum class Charset { kAscii, kUtf8 };  // what the terminal can show

// Makes any bytes one line that is safe to show and at most `columns` wide. Control and invisible characters
// (base/unicode.h), invalid UTF-8 and, with kAscii, everything beyond ASCII become \xNN. Text that does not fit is
// cut and ends in a mark ("…", or "~" in ASCII).
std::string fit_to_columns(std::string_view text, std::size_t columns, Charset charset);

// The width of safe UTF-8 text, which may be coloured (\x1b[...m): two for a wide character, none for a combining one.
std::size_t columns_of(std::string_view text);

}  // namespace remaphore
