// --keep, --keep-bytes and --keep-subject of init and provision.
#pragma once

#include "base/result.h"
#include "fleet/command_line.h"
#include "fleet/roster.h"

namespace remaphore::fleet {

// What is given replaces what `roster` says; a roster that says nothing gets Keeping::kDefaultAge. Errc::kUsage.
Result<void> set_keeping(const Options& options, Roster& roster);

}  // namespace remaphore::fleet
