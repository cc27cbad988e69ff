// remaphore --lock: hold a lock while a command runs, or until a signal or the end of standard input.
#pragma once

#include "app/hold_lock.h"
#include "base/result.h"
#include "cli/command_line.h"
#include "cli/session.h"
#include "core/config.h"
#include "core/exit_status.h"

namespace remaphore {

// Errc::kUsage. The identity in it points into `config`.
Result<HoldLockOptions> lock_options(const CommandLine& line, const Config& config);

ExitStatus run_lock(const CommandLine& line, const Session& session);

}  // namespace remaphore
