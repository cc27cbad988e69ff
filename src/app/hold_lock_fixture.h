// hold_lock() with a command, standard input, a terminal and an alarm that a test drives.
#pragma once

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "app/hold_lock.h"
#include "app/lock_fixture.h"

namespace remaphore::test {

// A command whose end the test decides.
class FakeForegroundCommand : public ForegroundCommand {
 public:
  std::function<void()> started = [] {};
  std::optional<StartFailure> failure;
  std::vector<std::string> environment;
  std::optional<BootTime> kill_at;  // since TERM
  std::vector<LockDeadlines> guarded;

  Result<void, StartFailure> start(const Command& command) override {
    if (failure) return Unexpected<StartFailure>(*failure);
    environment = command.environment();
    running_ = true;
    started();
    return {};
  }
  void finish(int status, bool by_guard = false) {
    running_ = false;
    end_ = End{.exit_status = status, .by_guard = by_guard};
  }
  bool is_running() const override { return running_; }
  std::optional<End> end() const override { return end_; }
  void terminate(BootTime at) override { kill_at = kill_at ? std::min(*kill_at, at) : at; }
  void guard(BootTime term_at, BootTime at) override { guarded.push_back({term_at, at}); }

 private:
  bool running_ = false;
  std::optional<End> end_;
};

class FakeInput : public StandardInput {
 public:
  bool ended = false;
  bool at_end() const override { return ended; }
};

class FakeView : public StatusView {
 public:
  std::vector<std::string> shown;
  std::string now;
  void show(const std::string& line) override { shown.push_back(now = line); }
  std::function<void()> cleared = [] {};
  void clear() override {
    now.clear();
    cleared();
  }
};

// The poller wakes up then.
class FakeAlarm : public BootAlarm {
 public:
  FakeAlarm(FakePoller& poller, FakeClock& clock) : poller_(poller), clock_(clock) {}
  void set(std::optional<BootTime> time) override {
    if (time == set_) return;
    set_ = time;
    if (time) poller_.after(*time - clock_.boot(), [] {});
  }

 private:
  FakePoller& poller_;
  FakeClock& clock_;
  std::optional<BootTime> set_;
};

// Time passes only when nothing is under way: the bus in memory wakes nobody.
class QuietPoller : public Poller {
 public:
  QuietPoller(FakePoller& below, const InMemoryBroker& broker) : below_(below), broker_(broker) {}
  void wait(std::optional<MonotonicTime> deadline) override {
    const std::size_t said = broker_.published.size() + broker_.deliveries;
    if (std::exchange(said_, said) != said) rounds_ = 0;
    if (++rounds_ <= kRounds) return;
    rounds_ = 0;
    below_.wait(deadline);
  }
  std::optional<int> stop_signal() const override { return below_.stop_signal(); }

 private:
  static constexpr int kRounds = 3;

  FakePoller& below_;
  const InMemoryBroker& broker_;
  std::size_t said_ = 0;
  int rounds_ = 0;
};

class HoldLockTest : public LockTest {
 protected:
  HoldLockTest() {
    memory_.set_inbox_prefix("_INBOX.UME");
    options_.lock = {"nightly", &config_.identities[0], terms(1)};
    options_.command = {"/bin/true"};
    command_.started = [this] { poller_.after(std::chrono::seconds(1), [this] { command_.finish(5); }); };
  }

  ExitStatus run() {
    options_.started = clock_.monotonic();
    const bool runs = !options_.command.empty();
    return hold_lock(options_, config_,
                     {bus_,
                      clock_,
                      quiet_,
                      alarm_,
                      log_,
                      output_,
                      runs ? &command_ : nullptr,
                      runs ? nullptr : &input_,
                      view_,
                      {&supervisor_}})
        .status;
  }
  bool is_free() {
    Contender& next = contend();
    settle();
    const bool free = next.has(LockEvent::Kind::kHeld);
    next.lock.release();
    settle();
    contenders_.pop_back();
    return free;
  }

  HoldLockOptions options_{};
  QuietPoller quiet_{poller_, broker_};
  FakeForegroundCommand command_;
  FakeInput input_;
  FakeView shown_;
  FakeView* view_ = nullptr;
  FakeAlarm alarm_{poller_, clock_};
};

}  // namespace remaphore::test
