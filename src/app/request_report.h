// The final lines about the nodes that did not do what they were asked.
#pragma once

#include "core/reply_tracker.h"
#include "ports/log.h"

namespace remaphore {

// Those that have not answered.
void name_silent(const ReplyTracker& tracker, Log& log);
// Those whose command failed, with its exit status.
void name_failed(const ReplyTracker& tracker, Log& log);

}  // namespace remaphore
