// Candidates that wait for their signature check, fair between the keys that they claim.
//
// While nobody forges, they leave in the order of arrival. Once a signature under some key proves wrong, what claims
// that key moves to a lane of its own, and lanes and the common queue take turns, the common queue every second one:
// whoever forges one peer's key delays that peer and nobody else. A lane ends when it is empty.
#pragma once

#include <cstddef>
#include <deque>
#include <unordered_map>

#include "core/trust.h"

namespace remaphore {

class VerificationQueue {
 public:
  struct Limits {  // bytes held, overhead included; a quarter at most under one claimed key
    std::size_t total = std::size_t{256} << 20;
    std::size_t per_key = std::size_t{64} << 20;
  };
  explicit VerificationQueue(Limits limits) : limits_(limits) {}
  VerificationQueue() : VerificationQueue(Limits{}) {}

  // False, and nothing taken, if the share of the claimed key or the total is used up.
  bool push(Candidate candidate);

  bool empty() const { return common_.empty() && turns_.empty(); }
  std::size_t size() const { return count_; }

  // The next to verify; not empty().
  Candidate pop();

  // A signature under `key` was wrong.
  void report_forgery(const Peer& key);

  // No candidate that waits arrived before this; `otherwise` if none waits.
  WallTime oldest_arrival(WallTime otherwise) const;

 private:
  struct Share {
    std::size_t bytes = 0;
    bool suspect = false;
    std::deque<Candidate> lane;  // used while suspect
  };
  Candidate take(std::deque<Candidate>& from);

  Limits limits_;
  std::deque<Candidate> common_;
  std::unordered_map<const Peer*, Share> shares_;
  std::deque<const Peer*> turns_;  // the suspects with a lane that is not empty, the next first
  bool lanes_turn_ = false;
  std::size_t bytes_ = 0;
  std::size_t count_ = 0;
};

}  // namespace remaphore
