// remaphore --who: shows which listeners are running and what they do.
#pragma once

#include "cli/command_line.h"
#include "cli/session.h"
#include "core/exit_status.h"

namespace remaphore {

ExitStatus run_who(const CommandLine& line, const Session& session);

}  // namespace remaphore
