// The character set that the environment selects: locale(7).
#pragma once

namespace remaphore {

// True if the locale for characters (the first set of LC_ALL, LC_CTYPE, LANG) has UTF-8. False if none is set.
bool locale_is_utf8();

}  // namespace remaphore
