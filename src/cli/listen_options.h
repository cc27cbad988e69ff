// Command line and config -> what a listener is asked to do.
#pragma once

#include "app/listen_options.h"
#include "base/result.h"
#include "cli/command_line.h"
#include "core/config.h"

namespace remaphore {

// Except --payload-file. Errc::kUsage. The identity in it points into `config`.
Result<ListenOptions> listen_options(const CommandLine& line, const Config& config);

}  // namespace remaphore
