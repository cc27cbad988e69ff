#include "app/verification_queue.h"

#include <algorithm>
#include <utility>

namespace remaphore {
namespace {

std::size_t cost(const Candidate& candidate) { return candidate.bytes().size() + Candidate::kOverhead; }

}  // namespace

bool VerificationQueue::push(Candidate candidate) {
  const std::size_t bytes = cost(candidate);
  const Peer* claimed = &candidate.claimed();
  Share& share = shares_[claimed];
  if (share.bytes + bytes > limits_.per_key || bytes_ + bytes > limits_.total) return false;
  share.bytes += bytes;
  bytes_ += bytes;
  ++count_;
  if (share.suspect) {
    if (share.lane.empty()) turns_.push_back(claimed);
    share.lane.push_back(std::move(candidate));
  } else {
    common_.push_back(std::move(candidate));
  }
  return true;
}

Candidate VerificationQueue::take(std::deque<Candidate>& from) {
  Candidate candidate = std::move(from.front());
  from.pop_front();
  Share& share = shares_.at(&candidate.claimed());
  share.bytes -= cost(candidate);
  bytes_ -= cost(candidate);
  --count_;
  if (share.bytes == 0) shares_.erase(&candidate.claimed());  // `from` may go with it; the key is no longer suspect
  return candidate;
}

Candidate VerificationQueue::pop() {
  lanes_turn_ = !lanes_turn_;
  if (turns_.empty() || (!common_.empty() && !lanes_turn_)) return take(common_);
  const Peer* key = turns_.front();
  turns_.pop_front();
  std::deque<Candidate>& lane = shares_.at(key).lane;
  if (lane.size() > 1) turns_.push_back(key);
  return take(lane);
}

void VerificationQueue::report_forgery(const Peer& key) {
  const auto share = shares_.find(&key);
  if (share == shares_.end() || share->second.suspect) return;
  share->second.suspect = true;
  const auto unaffected = [&key](const Candidate& candidate) { return &candidate.claimed() != &key; };
  const auto moved = std::stable_partition(common_.begin(), common_.end(), unaffected);
  for (auto it = moved; it != common_.end(); ++it) share->second.lane.push_back(std::move(*it));
  common_.erase(moved, common_.end());
  turns_.push_back(&key);
}

WallTime VerificationQueue::oldest_arrival(WallTime otherwise) const {
  WallTime oldest = otherwise;
  if (!common_.empty()) oldest = std::min(oldest, common_.front().arrival());
  for (const Peer* key : turns_) oldest = std::min(oldest, shares_.at(key).lane.front().arrival());
  return oldest;
}

}  // namespace remaphore
