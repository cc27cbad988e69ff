// The mode that a command line selects, and whether its options and operands fit together.
#pragma once

#include "base/result.h"
#include "cli/command_line.h"
#include "cli/mode_table.h"

namespace remaphore {

// Errc::kUsage, naming what does not fit.
Result<const ModeRow*> select_mode(const CommandLine& line);

}  // namespace remaphore
