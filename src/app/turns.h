// The loop of an operation that ends when its work is done, at a stop signal, or at a deadline. The loops of
// app/listen, app/hold_lock and fleet/hub are their own: they have phases.
#pragma once

#include "base/deadline.h"
#include "ports/clock.h"
#include "ports/poller.h"

namespace remaphore {

enum class Ended { kDone, kStopped, kTimeout };

// A `wake` for what has no time of its own.
inline Deadline never() { return std::nullopt; }

// `turn` does what there is to do and returns whether that was all; it is asked first, so work that is done counts even
// at the deadline. `wake`: when to take the next turn though nothing happens. `deadline` may change between turns.
template <class Turn, class Wake, class Limit>
Ended take_turns(const Clock& clock, Poller& poller, Turn turn, Wake wake, Limit deadline) {
  while (true) {
    if (turn()) return Ended::kDone;
    if (poller.stop_signal()) return Ended::kStopped;
    const Deadline limit = deadline();
    if (passed(limit, clock.monotonic())) return Ended::kTimeout;
    poller.wait(earlier(limit, wake()));
  }
}

// With a fixed deadline.
template <class Turn, class Wake>
Ended take_turns(const Clock& clock, Poller& poller, Turn turn, Wake wake, Deadline deadline) {
  return take_turns(clock, poller, turn, wake, [deadline] { return deadline; });
}

}  // namespace remaphore
