#include "core/forgotten_spans.h"

#include <algorithm>

namespace remaphore {

void ForgottenSpans::add(Span span) {
  // Spans that end before the new one begins stay as they are; those that it touches are merged with it.
  const auto first = std::lower_bound(spans_.begin(), spans_.end(), span.from,
                                      [](const Span& one, WallTime time) { return one.to < time; });
  auto last = first;
  for (; last != spans_.end() && last->from <= span.to; ++last) {
    span.from = std::min(span.from, last->from);
    span.to = std::max(span.to, last->to);
  }
  if (first == last) {
    spans_.insert(first, span);
  } else {
    *first = span;
    spans_.erase(first + 1, last);
  }
  if (spans_.size() <= kMaxSpans) return;
  auto smallest = spans_.begin();
  for (auto one = spans_.begin(); one + 1 != spans_.end(); ++one) {
    if (distance((one + 1)->from, one->to) < distance((smallest + 1)->from, smallest->to)) smallest = one;
  }
  smallest->to = (smallest + 1)->to;
  spans_.erase(smallest + 1);
}

std::optional<ForgottenSpans::Span> ForgottenSpans::find(WallTime time) const {
  const auto found =
      std::lower_bound(spans_.begin(), spans_.end(), time, [](const Span& one, WallTime at) { return one.to < at; });
  if (found == spans_.end() || found->from > time) return std::nullopt;
  return *found;
}

}  // namespace remaphore
