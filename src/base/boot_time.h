// Time that goes on while the machine sleeps: CLOCK_BOOTTIME. What others may rely on is judged by it, since the rest of
// the fleet does not sleep with us.
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
