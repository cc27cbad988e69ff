// Decides when a refusal of our credentials is final. A server during a change (its accounts not loaded yet, an error
// in its config) may refuse clients for a moment that it had accepted before. Pure.
#pragma once

#include <optional>

#include "base/time.h"

namespace remaphore::nats {

class Refusals {
 public:
  // After a successful login, refusals must last for `patience`; before it, the first one is final.
  explicit Refusals(Duration patience) : patience_(patience) {}

  void accepted() {
    ever_accepted_ = true;
    since_.reset();
  }
  void refused(MonotonicTime now) { since_ = since_.value_or(now); }
  bool is_final(MonotonicTime now) const { return since_ && (!ever_accepted_ || now - *since_ >= patience_); }

 private:
  Duration patience_;
  bool ever_accepted_ = false;
  std::optional<MonotonicTime> since_;  // no login was accepted since
};

}  // namespace remaphore::nats
