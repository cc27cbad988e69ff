// The only place where the process waits: for every source's descriptors, timers and the signals.
#pragma once

#include <poll.h>

#include <cstddef>
#include <optional>
#include <vector>

#include "base/time.h"
#include "io/signals.h"
#include "ports/poller.h"

namespace remaphore {

// What one wait waits for; filled anew for each.
class PollSet {
 public:
  void add(int fd, short events) { descriptors_.push_back({fd, events, 0}); }
  // The latest time to wake up; a time in the past: do not sleep at all.
  void wake_at(MonotonicTime time) { wake_ = wake_ ? std::min(*wake_, time) : time; }
  // What poll reported for `fd`; 0 if nothing, or if it was not added.
  short ready(int fd) const;

 private:
  friend class EventLoop;
  std::vector<pollfd> descriptors_;
  std::optional<MonotonicTime> wake_;
};

// Something with descriptors or timers. Not owned by the loop.
class EventSource {
 public:
  virtual ~EventSource() = default;
  // Before the wait: final writes, then what to wait for.
  virtual void prepare(PollSet& set) = 0;
  // After it.
  virtual void dispatch(const PollSet& set) = 0;
};

class EventLoop : public Poller {
 public:
  explicit EventLoop(Signals& signals) : signals_(signals) {}
  void add(EventSource& source) { sources_.push_back(&source); }

  void wait(std::optional<MonotonicTime> deadline) override;
  std::optional<int> stop_signal() const override { return signals_.stop_signal(); }

 private:
  Signals& signals_;
  std::vector<EventSource*> sources_;
  PollSet set_;
};

}  // namespace remaphore
