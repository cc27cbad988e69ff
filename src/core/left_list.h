// --left: the nodes of a request that are not done, in a form that --nodes reads.
#pragma once

#include <string>
#include <vector>

#include "core/reply_tracker.h"

namespace remaphore {

// "DESTINATION<TAB>failed 3", "silent" or "not asked": a line for each of `names`, in their order, of which that is
// true.
std::string left_lines(const ReplyTracker& roster, const std::vector<std::string>& names);

}  // namespace remaphore
