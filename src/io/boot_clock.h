// The time of base/boot_time.h, and what wakes up at it.
#pragma once

#include <sys/timerfd.h>
#include <time.h>

#include <algorithm>
#include <optional>

#include "base/boot_time.h"
#include "io/descriptor.h"

namespace remaphore {

inline BootTime boot_now() {
  timespec now{};
  clock_gettime(CLOCK_BOOTTIME, &now);
  return BootTime(std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec));
}

// A timer that also counts while the machine sleeps, and is ready when it wakes up: poll(2) cannot wait for that.
class BootTimer {
 public:
  BootTimer() : fd_(timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK)) {}
  int fd() const { return fd_.get(); }  // readable at the time, and until it is set anew; -1: there is none
  void set(std::optional<BootTime> time) {
    if (time == time_ || !fd_) return;
    itimerspec spec{};
    if (time) {
      const auto count = std::max<Duration::rep>(1, time->time_since_epoch().count());  // 0 would switch it off
      spec.it_value = {static_cast<time_t>(count / 1'000'000'000), static_cast<long>(count % 1'000'000'000)};
    }
    timerfd_settime(fd_.get(), TFD_TIMER_ABSTIME, &spec, nullptr);
    time_ = time;
  }

 private:
  Descriptor fd_;
  std::optional<BootTime> time_;
};

}  // namespace remaphore
