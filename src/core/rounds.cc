#include "core/rounds.h"

#include <algorithm>
#include <utility>

namespace remaphore {

Rounds::Rounds(std::size_t nodes, RoundRules rules) : rules_(std::move(rules)) {
  std::size_t end = 0;
  for (std::size_t i = 0; end < nodes && !rules_.batch.empty(); ++i) {
    end = std::min(nodes, end + rules_.batch[std::min(i, rules_.batch.size() - 1)].of(nodes));
    ends_.push_back(end);
  }
  if (ends_.empty()) ends_.push_back(nodes);
}

std::size_t Rounds::round_of(std::size_t node) const {
  return static_cast<std::size_t>(std::upper_bound(ends_.begin(), ends_.end(), node) - ends_.begin());
}

Rounds::Step Rounds::step(std::size_t missing, std::size_t failed, MonotonicTime now) {
  if (phase_ != Phase::kPause) {
    if (missing > 0 && !passed(deadline_, now)) return Step::kWait;
    phase_ = Phase::kPause;
    deadline_ = now + std::min(rules_.pause, Duration(MonotonicTime::max() - now));
    return Step::kOver;
  }
  if (last()) return Step::kEnd;
  if (failed > rules_.max_failed) return Step::kStop;
  if (!passed(deadline_, now)) return Step::kWait;
  ++current_;
  phase_ = Phase::kSending;
  deadline_ = std::nullopt;
  return Step::kBegin;
}

void Rounds::sent(MonotonicTime now) {
  if (phase_ != Phase::kSending) return;
  phase_ = Phase::kAsked;
  if (rules_.node_timeout) deadline_ = deadline_after(now, *rules_.node_timeout);
}

}  // namespace remaphore
