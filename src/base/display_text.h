// How wide text is on a terminal, in columns.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace remaphore {

// One line of any bytes, made safe to show and at most `columns` wide: control and invisible characters
// (base/unicode.h), what is no UTF-8 and, unless `utf8`, all that is not ASCII become \xNN; what does not fit is cut,
// with a mark at the cut ("…", or "~" without UTF-8).
std::string fit_to_columns(std::string_view text, std::size_t columns, bool utf8);

// Columns of safe UTF-8 text, which may be coloured (\x1b[...m): two for a wide character, none for a combining one.
std::size_t columns_of(std::string_view text);

}  // namespace remaphore
