// The current time of base/boot_time.h, and timers that wake up at such a time.
#pragma once

#include <sys/timerfd.h>

#include <algorithm>
#include <optional>

#include "base/boot_time.h"
#include "io/descriptor.h"
#include "io/event_loop.h"
#include "io/system_clock.h"
#include "ports/boot_alarm.h"

namespace remaphore {

inline BootTime boot_now() { return SystemClock().boot(); }

// A timer that also counts while the machine sleeps, and is ready when it wakes up: poll(2) cannot wait for that.
class BootTimer {
 public:
  BootTimer() : fd_(timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK)) {}
  int fd() const { return fd_.get(); }  // readable from that time until it is set again; -1: there is none
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

// The port, in the loop.
class LoopAlarm : public BootAlarm, public EventSource {
 public:
  void set(std::optional<BootTime> time) override { timer_.set(time_ = time); }
  void prepare(PollSet& set) override {
    if (!time_) return;
    if (timer_.fd() >= 0) set.add(timer_.fd(), POLLIN);
    set.wake_at(std::chrono::steady_clock::now() + (*time_ - boot_now()));  // should there be no timer
  }
  void dispatch(const PollSet&) override {}

 private:
  BootTimer timer_;
  std::optional<BootTime> time_;
};

}  // namespace remaphore
