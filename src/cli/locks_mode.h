// remaphore --locks and --break: lists holders and waiters, and evicts one of them.
#pragma once

#include "cli/command_line.h"
#include "cli/session.h"
#include "core/exit_status.h"

namespace remaphore {

ExitStatus run_locks(const CommandLine& line, const Session& session);
ExitStatus run_break(const CommandLine& line, const Session& session);

}  // namespace remaphore
