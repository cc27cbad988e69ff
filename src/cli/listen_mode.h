// Neither -s nor -r: receive messages, print them or run a command for each.
#pragma once

#include "app/listen.h"
#include "base/result.h"
#include "cli/command_line.h"
#include "cli/session.h"
#include "core/config.h"
#include "core/exit_status.h"

namespace remaphore {

// Errc::kUsage.
Result<ListenOptions> listen_options(const CommandLine& line, const Config& config);

ExitStatus run_listener(const CommandLine& line, const Session& session);

}  // namespace remaphore
