// The times of messages that were accepted and are no longer known one by one, as spans: whatever lies in one may be a
// copy.
//
// Spans, not one floor below everything: a clock that was ahead for a while has accepted messages of then, and what it
// forgot of them must not shut out what is sent now. Nothing that was forgotten is outside of a span, whatever happens:
// when there are too many, the two with the smallest gap become one.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "base/time.h"

namespace remaphore {

class Forgotten {
 public:
  struct Span {
    WallTime from, to;  // both in it
  };
  static constexpr std::size_t kMostSpans = 256;
  // What was forgotten shuts out as much before it: a clock that is set back by less opens nothing.
  static constexpr Duration kReach = std::chrono::minutes(1);

  void add(WallTime time) { add({subtract_saturating(time, kReach), time}); }
  void add(Span span);

  // The span that holds `time`, if any.
  std::optional<Span> find(WallTime time) const;
  WallTime highest() const { return spans_.empty() ? WallTime::min() : spans_.back().to; }
  const std::vector<Span>& spans() const { return spans_; }  // in order, apart from each other

 private:
  std::vector<Span> spans_;
};

}  // namespace remaphore
