#include "app/verification_queue.h"

#include <utility>

namespace remaphore {

VerificationQueue::Pushed VerificationQueue::push(UnverifiedMessage message) {
  const PeerRef claimed = message.claimed_ref();
  const std::size_t bytes = cost(message);
  const std::size_t would_hold = queue_.held_by(claimed->public_key).bytes + bytes;
  Pushed pushed;
  pushed.taken = would_hold <= limits_.per_key && bytes <= limits_.total;
  while (pushed.taken && queue_.bytes() + bytes > limits_.total) {
    pushed.taken = queue_.largest_bytes() > would_hold;
    if (pushed.taken) pushed.refused.push_back(drop_last_of_largest().claimed_ref());
  }
  if (!pushed.taken) {
    pushed.refused.push_back(claimed);
    return pushed;
  }
  arrivals_.add(message.arrival());
  queue_.push(claimed->public_key, std::move(message));
  return pushed;
}

UnverifiedMessage VerificationQueue::pop() {
  UnverifiedMessage next = queue_.pop().item;
  arrivals_.remove(next.arrival());
  return next;
}

UnverifiedMessage VerificationQueue::drop_last_of_largest() {
  UnverifiedMessage dropped = queue_.drop_last_of_largest();
  arrivals_.remove(dropped.arrival());
  return dropped;
}

}  // namespace remaphore
