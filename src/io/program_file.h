// Why a program could not be started, as far as its file shows: for a missing interpreter, execve reports only that
// something was not found.
#pragma once

#include <optional>
#include <string>

namespace remaphore {

// The fault in the file of `program`, which execve refused with `number` (errno): "names the interpreter ...".
// `program` is looked up in PATH if it has no slash. nullopt: there is no such file, or no fault was found.
std::optional<std::string> program_file_fault(const std::string& program, int number);

}  // namespace remaphore
