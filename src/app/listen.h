// remaphore without -s and -r: receive messages, print them or run a command for each.
#pragma once

#include "app/listen_options.h"
#include "core/config.h"
#include "core/exit_status.h"

namespace remaphore {

// The exit status is app/listen_result.h's.
ExitStatus listen(const ListenOptions& options, const Config& config, const ListenPorts& ports);

}  // namespace remaphore
