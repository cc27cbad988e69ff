// -r in rounds: --batch and its further options.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/command_line.h"
#include "core/rounds.h"

namespace remaphore {

// The rules for rounds of this many nodes. Errc::kUsage.
Result<RoundRules> round_rules(const CommandLine& line, std::size_t nodes);

// --order: the order in which they are asked.
std::vector<std::string> in_order(const CommandLine& line, std::vector<std::string> names);

}  // namespace remaphore
