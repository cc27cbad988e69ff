// A point in time for machines and people: RFC 3339.
#pragma once

#include <string>

#include "base/time.h"

namespace remaphore {

// In UTC, to the microsecond, rounded down: "2026-11-22T16:43:05.329306Z".
std::string format_timestamp(WallTime time);

}  // namespace remaphore
