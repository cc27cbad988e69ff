// remaphore --who: which listeners are there, and what do they do?
#pragma once

#include "cli/command_line.h"
#include "cli/session.h"
#include "core/exit_status.h"

namespace remaphore {

ExitStatus run_who(const CommandLine& line, const Session& session);

}  // namespace remaphore
