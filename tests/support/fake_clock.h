// Clock and Poller driven by a test: time stands still until somebody waits, and then jumps to the next event.
#pragma once

#include <functional>
#include <map>
#include <optional>

#include "ports/clock.h"
#include "ports/poller.h"
#include "support/test_messages.h"

namespace remaphore::test {

class FakeClock : public Clock {
 public:
  WallTime now() const override { return wall_; }
  MonotonicTime monotonic() const override { return monotonic_; }
  BootTime boot() const override { return boot_; }

  void advance(Duration by) {
    wall_ += by;
    monotonic_ += by;
    boot_ += by;
  }
  void sleep(Duration by) {  // as a machine that is suspended
    wall_ += by;
    boot_ += by;
  }
  void step_wall(Duration by) { wall_ += by; }  // as an administrator or ntpd would

 private:
  WallTime wall_ = noon();
  MonotonicTime monotonic_{std::chrono::hours(1)};
  BootTime boot_{std::chrono::hours(5)};
};

class FakePoller : public Poller {
 public:
  explicit FakePoller(FakeClock& clock) : clock_(clock) {}

  // `event` happens while somebody waits, `after` from now.
  void after(Duration after, std::function<void()> event);
  void stop(int signal) { stop_signal_ = signal; }

  // Handles at most one event. Throws, so that the test fails instead of hanging, if nothing will ever happen or if the
  // code spins.
  void wait(std::optional<MonotonicTime> deadline) override;
  std::optional<int> stop_signal() const override { return stop_signal_; }

  std::size_t waits() const { return waits_; }

 private:
  static constexpr std::size_t kMaxWaits = 100'000;

  FakeClock& clock_;
  std::multimap<MonotonicTime, std::function<void()>> events_;
  std::optional<int> stop_signal_;
  std::size_t waits_ = 0;
};

}  // namespace remaphore::test
