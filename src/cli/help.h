// What --help prints, and what it and the completions say of an option.
#pragma once

#include <string>

#include "cli/option_table.h"

namespace remaphore {

std::string help_text();

// Where the option belongs, what it is for, its bounds.
std::string described(const Option& option);

}  // namespace remaphore
