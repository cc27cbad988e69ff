// Verified messages whose time has not come: with --splay each waits for a random part of a duration, with
// --start-after until a duration after it was signed, which is the same moment on every node.
#pragma once

#include <cstddef>
#include <map>
#include <optional>

#include "base/deadline.h"
#include "core/trust.h"
#include "ports/clock.h"

namespace remaphore {

// One of them at most; 0: no delay.
struct StartDelay {
  Duration splay{};
  Duration after_signed{};

  bool exists() const { return splay.count() > 0 || after_signed.count() > 0; }
};

class DelayQueue {
 public:
  // The clock must outlive it.
  DelayQueue(const StartDelay& delay, const Clock& clock) : delay_(delay), clock_(clock) {}

  // How long ago the message was due; negative: it is due in the future.
  Duration overdue(const VerifiedMessage& message) const;
  void add(VerifiedMessage message);

  bool has_due() const { return !waiting_.empty() && waiting_.begin()->first <= now(); }
  std::optional<VerifiedMessage> take_due() { return has_due() ? take() : std::nullopt; }
  std::optional<VerifiedMessage> take();  // the next, due or not
  Deadline next_due() const;
  std::size_t size() const { return waiting_.size(); }

 private:
  // Times in here are those of one clock, since its epoch: wall time for --start-after, so that setting the clock while
  // messages wait takes effect, and monotonic time for --splay.
  Duration now() const;
  Duration due(const VerifiedMessage& message) const;

  const StartDelay delay_;
  const Clock& clock_;
  std::multimap<Duration, VerifiedMessage> waiting_;
};

}  // namespace remaphore
