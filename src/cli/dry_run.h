// --dry-run: whom a message would go to.
#pragma once

#include <string>
#include <vector>

#include "cli/command_line.h"
#include "cli/session.h"
#include "core/exit_status.h"

namespace remaphore {

// Prints the names, one a line, or as --json objects.
ExitStatus print_targets(const std::vector<std::string>& names, const CommandLine& line, const Session& session);

}  // namespace remaphore
