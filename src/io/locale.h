// What the environment says about characters: locale(7).
#pragma once

namespace remaphore {

// The locale that rules characters (LC_ALL, LC_CTYPE or LANG, the first that is set) has UTF-8. Without any: false.
bool locale_is_utf8();

}  // namespace remaphore
