// Where an option belongs and what it needs, in words for errors and --help.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/option_table.h"

namespace remaphore {

// Its modes; of several, instead of one where it needs other options, these: "-s", "-r", "--arrive".
std::vector<std::string> places_of(const Option& option);
bool belongs_to_one_mode(const Option& option);

// The options as the user would type them.
std::vector<std::string> dashed_names(const OptionNames& names);

// Whether one of these options can be given in `mode`.
bool belong_to(const OptionNames& names, Mode mode);

// "-s, -r and receiving", if `last` is " and ".
std::string joined(const std::vector<std::string>& parts, std::string_view last);

}  // namespace remaphore
