#include "app/verification.h"

#include <algorithm>
#include <utility>

namespace remaphore {

Verification::~Verification() {
  for (const Check& check : checking_) {
    while (!check.done()) workers_->help();
  }
}

bool Verification::may_hand_over() const {
  return !waiting_.empty() && checking_.size() < kMaxChecking && checking_bytes_ < kMaxCheckingBytes;
}

void Verification::hand_over() {
  const bool backlog = waiting_.size() >= kBacklog || waiting_.bytes() >= kBacklogBytes;
  if (workers_ == nullptr || (checking_.empty() && !backlog)) return;
  while (may_hand_over()) {
    Check& check = checking_.emplace_back(waiting_.pop());
    checking_bytes_ += check.bytes();
    arrivals_.add(check.arrival);
    workers_->submit(check);
  }
}

Verification::Budget Verification::round(Budget limits, Socket socket) {
  reading_on_ = socket == Socket::kHasMore && reading_on_ < kReadOn ? reading_on_ + 1 : 0;
  if (reading_on_ > 0) limits.checks = 0;
  return limits;
}

std::optional<CheckedMessage> Verification::next(Budget& budget) {
  hand_over();
  const auto may_check = [&budget] { return budget.checks > 0 && budget.bytes > 0 && budget.results > 0; };
  const auto charge = [&budget](std::size_t bytes) {
    --budget.checks;
    budget.bytes -= std::min(budget.bytes, bytes);
  };
  if (checking_.empty()) {
    if (waiting_.empty() || !may_check()) return std::nullopt;
    UnverifiedMessage message = waiting_.pop();
    charge(message.bytes().size());
    --budget.results;
    return check_signature(std::move(message));
  }
  while (!checking_.front().done() && may_check()) {
    const Task* const helped = workers_->help();  // perhaps not one of ours
    if (helped == nullptr) break;
    charge(helped->bytes());
  }
  if (!checking_.front().done() || budget.results == 0) return std::nullopt;
  --budget.results;
  reading_on_ = 0;
  checking_bytes_ -= checking_.front().bytes();
  arrivals_.remove(checking_.front().arrival);
  CheckedMessage checked = checking_.front().take();
  checking_.pop_front();
  return checked;
}

bool Verification::can_go_on() const {
  if (checking_.empty()) return !waiting_.empty();
  return may_hand_over() || checking_.front().done() || workers_->may_help();
}

}  // namespace remaphore
