// Neither -s nor -r: receive messages, print them or run a command for each.
#pragma once

#include "cli/command_line.h"
#include "cli/session.h"
#include "core/exit_status.h"

namespace remaphore {

ExitStatus run_listener(const CommandLine& line, const Session& session);

}  // namespace remaphore
