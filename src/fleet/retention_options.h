// --keep, --keep-bytes and --keep-subject of init and provision.
#pragma once

#include "base/result.h"
#include "fleet/command_line.h"
#include "fleet/roster.h"

namespace remaphore::fleet {

// The given options replace the settings of `roster`; a roster without settings gets Retention::kDefaultAge.
// Errc::kUsage.
Result<void> set_retention(const Options& options, Roster& roster);

}  // namespace remaphore::fleet
