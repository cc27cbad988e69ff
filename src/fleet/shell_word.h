// Words of commands that are printed to be pasted into a shell.
#pragma once

#include <string>
#include <string_view>

namespace remaphore::fleet {

// `text` as one word of any shell with Bourne's syntax: unchanged if nothing in it is special, else quoted. Control
// bytes are written as escapes, in the $'...' of bash, zsh and ksh, so that none reaches the terminal.
std::string shell_word(std::string_view text);

// The same for a path, which must not look like an option: -x becomes ./-x.
std::string shell_path(std::string_view path);

}  // namespace remaphore::fleet
