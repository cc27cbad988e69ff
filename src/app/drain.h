// The end of a mode: the wait for what is still on its way out. 10 seconds at a normal end, 400 ms at one by a signal
// or -t.
#pragma once

#include "base/deadline.h"
#include "ports/clock.h"
#include "ports/poller.h"
#include "ports/record_output.h"

namespace remaphore {

class Drain {
 public:
  enum class End { kNormal, kStopped };  // kStopped: by a signal or -t

  // The clock must outlive it.
  explicit Drain(const Clock& clock, End end = End::kNormal) : clock_(clock), end_(end) {}

  // The rest is on its way: time counts from now.
  void begin();
  bool has_begun() const { return until_.has_value(); }
  // Stopped meanwhile, or before it has begun.
  void stop();
  bool is_stopped() const { return end_ == End::kStopped; }

  Deadline until() const { return until_; }  // nullopt: it has not begun
  bool is_over() const { return passed(until_, clock_.monotonic()); }

 private:
  Deadline limit() const;

  const Clock& clock_;
  End end_;
  Deadline until_;
};

// Waits for records to be written. A signal ends a normal wait.
void drain_output(const RecordOutput& output, Drain::End end, const Clock& clock, Poller& poller);

}  // namespace remaphore
