// Why a program could not be started, as far as its file tells: execve says of a missing interpreter only that something
// was not found.
#pragma once

#include <optional>
#include <string>

namespace remaphore {

// What is wrong with the file of `program`, which execve refused with `number` (errno): "names the interpreter ...".
// `program` is looked up in PATH if it has no slash. nullopt: there is no such file, or it looks right.
std::optional<std::string> program_file_fault(const std::string& program, int number);

}  // namespace remaphore
