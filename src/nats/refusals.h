// When a refusal of our credentials is for good. A server in the middle of a change (its accounts not loaded yet, a slip in
// its config) refuses for a moment those whom it had let in. Pure.
#pragma once

#include <optional>

#include "base/time.h"

namespace remaphore::nats {

class Refusals {
 public:
  // Once a login has succeeded, they have to go on for `patience`; before that the first is final.
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
  std::optional<MonotonicTime> since_;  // none was accepted since
};

}  // namespace remaphore::nats
