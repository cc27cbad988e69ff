// Messages that wait for their signature check, fair between the keys that they claim (fair_queue.h). A key is set
// apart once a signature under it proves wrong: forged messages under one peer's key delay that peer alone.
//
// Bounded in total. When the total is used up, a key that would hold less than the largest holder displaces the latest
// messages of that holder. With N keys, each can therefore count on 1/N of the total, whatever is claimed under the
// others.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "app/arrival_times.h"
#include "app/fair_queue.h"
#include "core/trust.h"

namespace remaphore {

inline constexpr char kTooManyUnverified[] = "too many messages wait for their signature check";

class VerificationQueue {
 public:
  struct Limits {  // bytes held, overhead included
    std::size_t total = std::size_t{256} << 20;
    std::size_t per_key = total;  // one key may use the whole total while no other needs it
  };
  explicit VerificationQueue(Limits limits) : limits_(limits) {}
  VerificationQueue() : VerificationQueue(Limits{}) {}

  // The outcome of a push().
  struct Pushed {
    bool taken = true;
    // The claimed senders of the dropped messages: the new one, or those displaced by it.
    std::vector<PeerRef> refused;

    explicit operator bool() const { return taken; }
  };
  Pushed push(UnverifiedMessage message);

  bool empty() const { return queue_.empty(); }
  std::size_t size() const { return queue_.size(); }
  std::size_t bytes() const { return queue_.bytes(); }  // held, overhead included

  // The next to verify; not empty().
  UnverifiedMessage pop();

  // A signature under `key` was wrong.
  void report_forgery(const Peer& key) { queue_.set_apart(key.public_key); }

  // No waiting message arrived before this; `otherwise` if none waits.
  WallTime oldest_arrival(WallTime otherwise) const { return arrivals_.oldest(otherwise); }

 private:
  static std::size_t cost(const UnverifiedMessage& message) {
    return message.bytes().size() + UnverifiedMessage::kOverhead;
  }

  UnverifiedMessage drop_last_of_largest();

  Limits limits_;
  FairQueue<UnverifiedMessage, &VerificationQueue::cost> queue_;
  ArrivalTimes arrivals_;
};

}  // namespace remaphore
