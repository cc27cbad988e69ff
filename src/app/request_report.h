// The final lines about the nodes that did not do what they were asked.
#pragma once

#include "core/reply_tracker.h"
#include "ports/log.h"

namespace remaphore {

// The silent nodes and, if it matters, those whose command failed.
void name_others(const ReplyTracker& tracker, bool failures_matter, Log& log);

}  // namespace remaphore
