// Which characters of Unicode a person cannot see.
#pragma once

#include <cstdint>

namespace remaphore {

// Control characters beyond ASCII (C1), format characters (general category Cf: zero width, writing direction, tags,
// soft hyphen, byte order mark), line and paragraph separators (Zl, Zp), and the other characters that are shown as
// nothing (Default_Ignorable_Code_Point) but for the variation selectors of emoji. As of Unicode 15.
bool is_invisible(std::uint32_t code);

}  // namespace remaphore
