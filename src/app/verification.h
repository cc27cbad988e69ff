// Signature checks in fair turns (verification_queue.h): sequential while few wait, on all cores when many do. Results
// are handed out in the order of the turns either way.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>

#include "app/verification_queue.h"
#include "ports/workers.h"

namespace remaphore {

class Verification {
 public:
  // The limits of one round, so that the caller gets back to its loop. Counted down.
  struct Budget {
    std::size_t checks = 16;                   // done on this thread: about a millisecond
    std::size_t bytes = std::size_t{1} << 20;  // of the messages checked on this thread; exceeded by one at most
    std::size_t results = 256;                 // handed out
  };

  enum class Socket { kDrained, kHasMore };
  // The limits of the next round. While the socket has more, this thread reads on and leaves the checks to the others,
  // unless nothing has been checked for a number of rounds: a server cuts off clients that are slow to read.
  Budget round(Budget limits, Socket socket);

  // `workers` must outlive it; nullptr: this thread checks all.
  Verification(VerificationQueue::Limits limits, Workers* workers) : waiting_(limits), workers_(workers) {}
  Verification(const Verification&) = delete;
  Verification& operator=(const Verification&) = delete;
  ~Verification();  // waits for the running checks

  VerificationQueue::Pushed push(UnverifiedMessage message) { return waiting_.push(std::move(message)); }

  // The next whose check is done; nullopt: none waits, the budget is used up, or the next is being checked by a worker.
  std::optional<CheckedMessage> next(Budget& budget);

  void report_forgery(const Peer& key) { waiting_.report_forgery(key); }
  bool empty() const { return waiting_.empty() && checking_.empty(); }
  std::size_t size() const { return waiting_.size() + checking_.size(); }
  std::size_t bytes() const { return waiting_.bytes() + checking_bytes_; }
  // There is work for this thread, not just workers to wait for.
  bool can_go_on() const;

  // No message in here arrived before this; `otherwise` if there is none.
  WallTime oldest_arrival(WallTime otherwise) const { return arrivals_.oldest(waiting_.oldest_arrival(otherwise)); }

 private:
  // Messages whose check has begun. Their order is final; the limit is too small for a forger to exploit.
  static constexpr std::size_t kMaxChecking = 256;
  static constexpr std::size_t kMaxCheckingBytes = std::size_t{4} << 20;  // exceeded by one message at most
  static constexpr std::size_t kBacklog = 32;                             // a smaller backlog is not worth a thread
  static constexpr std::size_t kBacklogBytes = std::size_t{1} << 20;      // unless its messages are large
  static constexpr unsigned kReadOn = 16;                                 // rounds, of a megabyte at most

  class Check : public Task {
   public:
    explicit Check(UnverifiedMessage message)
        : arrival(message.arrival()), bytes_(message.bytes().size()), message_(std::move(message)) {}
    std::size_t bytes() const override { return bytes_; }
    CheckedMessage take() { return std::move(*checked_); }

    const WallTime arrival;

   private:
    void run() noexcept override { checked_.emplace(check_signature(std::move(message_))); }
    const std::size_t bytes_;
    UnverifiedMessage message_;
    std::optional<CheckedMessage> checked_;
  };
  bool may_hand_over() const;
  void hand_over();

  VerificationQueue waiting_;
  Workers* workers_;
  std::deque<Check> checking_;
  ArrivalTimes arrivals_;  // of checking_
  std::size_t checking_bytes_ = 0;
  unsigned reading_on_ = 0;  // rounds without a check, here or elsewhere
};

}  // namespace remaphore
