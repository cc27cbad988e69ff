// The width of text on a terminal, in columns.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace remaphore {

// Makes any bytes one line that is safe to show and at most `columns` wide. Control and invisible characters
// (base/unicode.h), invalid UTF-8 and, unless `utf8`, everything beyond ASCII become \xNN. Text that does not fit is
// cut and ends in a mark ("…", or "~" without UTF-8).
std::string fit_to_columns(std::string_view text, std::size_t columns, bool utf8);

// The width of safe UTF-8 text, which may be coloured (\x1b[...m): two for a wide character, none for a combining one.
std::size_t columns_of(std::string_view text);

}  // namespace remaphore
