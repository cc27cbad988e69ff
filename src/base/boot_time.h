// Time that keeps running while the machine sleeps: CLOCK_BOOTTIME. Deadlines that other nodes rely on use it, because
// the rest of the fleet does not sleep with us.
#pragma once

#include <chrono>

#include "base/time.h"

namespace remaphore {

struct BootClock {  // a tag: ports/clock.h has the time
  using duration = Duration;
  using rep = Duration::rep;
  using period = Duration::period;
  using time_point = std::chrono::time_point<BootClock>;
  static constexpr bool is_steady = true;
};
using BootTime = BootClock::time_point;

}  // namespace remaphore
