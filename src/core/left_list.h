// --left: the nodes of a request that are not done, in the format that --nodes reads.
#pragma once

#include <string>
#include <vector>

#include "core/reply_tracker.h"

namespace remaphore {

// A line "DESTINATION<TAB>failed 3", "silent" or "not asked" for each of `names` to which one of these applies, in
// their order.
std::string left_lines(const ReplyTracker& tracker, const std::vector<std::string>& names);

}  // namespace remaphore
