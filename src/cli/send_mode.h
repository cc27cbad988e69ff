// -s: send one message and exit.
#pragma once

#include "cli/command_line.h"
#include "cli/session.h"
#include "core/exit_status.h"

namespace remaphore {

ExitStatus run_sender(const CommandLine& line, const Session& session);

}  // namespace remaphore
