// Rounds of a request (--batch): which nodes are asked next, when, and whether to go on.
//
// The nodes are numbered in the order in which they are asked. Each round is over when all of its nodes have answered
// or its time is up; the next begins after a pause, unless too many nodes have failed or are silent.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "base/deadline.h"
#include "base/time.h"
#include "core/portion.h"

namespace remaphore {

struct RoundRules {
  std::vector<Portion> batch = {};            // nodes of each round, the last repeats; empty: one round of all
  Duration pause{};                           // between rounds
  std::optional<Duration> node_timeout = {};  // of a round, from its last message on; nullopt: none
  std::size_t max_failed = 0;                 // failed and silent nodes of all rounds so far
};

class Rounds {
 public:
  explicit Rounds(std::size_t nodes, RoundRules rules = {});

  std::size_t count() const { return ends_.size(); }
  std::size_t round_of(std::size_t node) const;  // 0 to count() - 1
  // The number of the current round.
  std::size_t number() const { return current_; }
  std::size_t first() const { return current_ == 0 ? 0 : ends_[current_ - 1]; }
  std::size_t end() const { return ends_[current_]; }  // one past its last node
  bool last() const { return current_ + 1 == count(); }

  enum class Step {
    kWait,   // for answers, or until deadline()
    kOver,   // the current round; said once
    kBegin,  // the next round, which is the current one from now on
    kStop,   // too many have failed; no further round
    kEnd,    // the last round is over
  };
  // `missing`: nodes of the current round that have not answered. `failed`: failed and silent nodes up to this round.
  Step step(std::size_t missing, std::size_t failed, MonotonicTime now);
  // All messages of the current round have been sent: its time begins, unless it did before.
  void sent(MonotonicTime now);

  // When step() may say something else although nothing has arrived.
  Deadline deadline() const { return deadline_; }

 private:
  enum class Phase { kSending, kAsked, kPause };

  RoundRules rules_;
  std::vector<std::size_t> ends_;  // of each round
  std::size_t current_ = 0;
  Phase phase_ = Phase::kSending;
  Deadline deadline_;
};

}  // namespace remaphore
