// --dry-run: which nodes a message would go to, and in which round.
#pragma once

#include <string>
#include <vector>

#include "cli/command_line.h"
#include "cli/session.h"
#include "core/exit_status.h"
#include "core/rounds.h"

namespace remaphore {

// Prints the names, one per line, or as --json objects, with the number of their round if there are several. `rounds`
// is for as many names; nullptr: a message without answers has no rounds.
ExitStatus print_targets(const std::vector<std::string>& names, const CommandLine& line, const Session& session,
                         const Rounds* rounds = nullptr);

}  // namespace remaphore
