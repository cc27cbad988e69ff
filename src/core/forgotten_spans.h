// Time spans of accepted messages that are no longer remembered one by one: a message from such a span may be a
// copy.
//
// Spans, not one lower bound: a clock that ran ahead for a while accepted messages from that time, and forgetting them
// must not block what is sent now. A forgotten time always stays inside a span: when there are too many spans, the two
// with the smallest gap are merged.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "base/time.h"

namespace remaphore {

class ForgottenSpans {
 public:
  struct Span {
    WallTime from, to;  // both inclusive
  };
  static constexpr std::size_t kMaxSpans = 256;
  // A forgotten time blocks this much before it as well: a clock set back by less does not reopen the window.
  static constexpr Duration kReach = std::chrono::minutes(1);

  void add(WallTime time) { add({subtract_saturating(time, kReach), time}); }
  void add(Span span);

  // The span that holds `time`, if any.
  std::optional<Span> find(WallTime time) const;
  const std::vector<Span>& spans() const { return spans_; }  // in order, disjoint

 private:
  std::vector<Span> spans_;
};

}  // namespace remaphore
