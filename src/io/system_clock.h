// The system's clocks.
#pragma once

#include "ports/clock.h"

namespace remaphore {

class SystemClock : public Clock {
 public:
  WallTime now() const override { return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now()); }
  MonotonicTime monotonic() const override { return std::chrono::steady_clock::now(); }
};

}  // namespace remaphore
