// The system's clocks.
#pragma once

#include <time.h>

#include <chrono>
#include <cstdint>

#include "ports/clock.h"

namespace remaphore {

class SystemClock : public Clock {
 public:
  WallTime now() const override { return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now()); }
  MonotonicTime monotonic() const override { return std::chrono::steady_clock::now(); }
  BootTime boot() const override {
    timespec time{};
    clock_gettime(CLOCK_BOOTTIME, &time);
    return BootTime(std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec));
  }
};

// Now, since the Unix epoch.
inline std::int64_t unix_seconds() {
  return std::chrono::floor<std::chrono::seconds>(SystemClock().now()).time_since_epoch().count();
}

}  // namespace remaphore
