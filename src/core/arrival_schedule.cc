#include "core/arrival_schedule.h"

#include <algorithm>
#include <utility>

namespace remaphore {

void ArrivalSchedule::subscribed() {
  subscribed_ = owes_ = first_ = true;
  second_at_.reset();
}

void ArrivalSchedule::cut_off() { subscribed_ = false; }

void ArrivalSchedule::heard(std::string_view node, MonotonicTime now) {
  const auto found = heard_at_.find(node);
  if (found == heard_at_.end()) {
    heard_at_.emplace(node, now);
    owes_ = true;
    return;
  }
  const MonotonicTime before = std::exchange(found->second, now);
  if (!sent_at_) return;  // the first signal is owed anyway
  const bool was_there = *sent_at_ > before && now - before <= kExplained;
  const bool soon_again = now - *sent_at_ <= kRecent;  // if it needs one: its second signal follows
  if (!was_there && !soon_again) owes_ = true;
}

void ArrivalSchedule::sent(MonotonicTime now) {
  sent_at_ = now;
  owes_ = false;
  if (std::exchange(first_, false)) {
    second_at_ = now + kSecond;
  } else if (passed(second_at_, now)) {
    second_at_.reset();
  }
}

Deadline ArrivalSchedule::due(bool complete) const {
  if (!subscribed_) return std::nullopt;
  if (!sent_at_) return MonotonicTime::min();
  const MonotonicTime next = *sent_at_ + kPause;
  if (owes_) return next;
  return complete || !second_at_ ? std::nullopt : Deadline(std::max(*second_at_, next));
}

}  // namespace remaphore
