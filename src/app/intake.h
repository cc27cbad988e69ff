// A listener's way in: deliveries are screened at once (checks 1 to 7), wait fairly for their signature check (8), pass
// the replay guard (9) and queue, in order, for whoever acts on them. Bounded everywhere; what a bound refuses is said
// with the name of the peer.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <unordered_map>

#include "app/verification_queue.h"
#include "core/config.h"
#include "core/rate_limit.h"
#include "core/trust.h"
#include "ports/clock.h"
#include "ports/log.h"

namespace remaphore {

class Intake {
 public:
  struct Limits {
    VerificationQueue::Limits waiting;  // unverified
    VerificationQueue::Limits ready;    // verified, until taken
    ReplayGuard::Limits guard;
  };

  // The references outlive it.
  Intake(const Config& config, const Filter& filter, const Clock& clock, Log& log, Limits limits);

  // A delivery, stamped when it was read.
  void offer(std::string_view bytes, WallTime arrival);

  // Verifies up to `count` of those that wait.
  void verify(std::size_t count);
  bool has_unverified() const { return !waiting_.empty(); }

  // The next message to act on, in order.
  std::optional<VerifiedMessage> take();
  std::size_t queued() const { return ready_.size() + waiting_.size(); }
  bool has_ready() const { return !ready_.empty(); }

  // Messages of known peers that a bound refused: lost, though good.
  std::uint64_t overflowed() const { return overflowed_; }

 private:
  void refuse(const Refusal& refusal, std::string_view bytes);  // the bytes, if they are still there
  void say_overflow(const Peer& peer, const char* what);
  void say_held_back();

  const Config& config_;
  const Filter& filter_;
  const Clock& clock_;
  Log& log_;
  Limits limits_;
  ReplayGuard guard_;
  VerificationQueue waiting_;
  std::deque<VerifiedMessage> ready_;
  std::unordered_map<const Peer*, std::size_t> ready_bytes_;
  std::size_t ready_total_ = 0;
  std::uint64_t overflowed_ = 0;
  RateLimit loud_{20, 5};  // lines that anybody on the subject can cause
};

}  // namespace remaphore
