// Which Unicode characters are invisible.
#pragma once

#include <cstdint>

namespace remaphore {

// Control characters beyond ASCII (C1), format characters (general category Cf: zero width, writing direction, tags,
// soft hyphen, byte order mark), line and paragraph separators (Zl, Zp), and the other characters without a visible
// glyph (Default_Ignorable_Code_Point) except the variation selectors of emoji. As of Unicode 15.
bool is_invisible(std::uint32_t code);

}  // namespace remaphore
