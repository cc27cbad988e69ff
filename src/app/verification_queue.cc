#include "app/verification_queue.h"

#include <algorithm>
#include <utility>

namespace remaphore {

VerificationQueue::Pushed VerificationQueue::push(UnverifiedMessage candidate) {
  const PeerRef claimed = candidate.claimed_ref();
  const std::size_t bytes = cost(candidate);
  const std::size_t would_hold = queue_.bytes_of(claimed->public_key) + bytes;
  Pushed pushed;
  pushed.taken = would_hold <= limits_.per_key && bytes <= limits_.total;
  while (pushed.taken && queue_.bytes() + bytes > limits_.total) {
    pushed.taken = queue_.largest_bytes() > would_hold;
    if (pushed.taken) pushed.refused.push_back(queue_.drop_last_of_largest().claimed_ref());
  }
  pushed.taken ? queue_.push(claimed->public_key, std::move(candidate)) : pushed.refused.push_back(claimed);
  return pushed;
}

WallTime VerificationQueue::oldest_arrival(WallTime otherwise) const {
  WallTime oldest = otherwise;
  queue_.for_each_first([&oldest](const UnverifiedMessage& one) { oldest = std::min(oldest, one.arrival()); });
  return oldest;
}

}  // namespace remaphore
