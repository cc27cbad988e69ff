// --check: is this node ready?
#pragma once

#include "cli/command_line.h"
#include "cli/session.h"
#include "core/exit_status.h"

namespace remaphore {

ExitStatus run_check(const CommandLine& line, const Session& session);

}  // namespace remaphore
