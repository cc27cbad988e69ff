// A listener's incoming messages: screened at once (checks 1 to 7), queued fairly for their signature check (8), passed
// through the replay guard (9), then queued for handling. Every stage is bounded; a message that exceeds a bound is
// reported with the name of the peer.
//
// Messages of one key are handed out in the order of their arrival, and so are those of all keys while none has more
// than kKeptInPlace waiting. A key with more takes turns with the others (fair_queue.h), so that its long queue does
// not hold up the rest.
//
// The peers may change meanwhile. A queued message is checked against the current peers twice: when its signature has
// been checked, and when it is handed out.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <utility>

#include "app/fair_queue.h"
#include "app/persistent_guard.h"
#include "app/verification.h"
#include "base/rate_limit.h"
#include "core/config.h"
#include "core/trust.h"
#include "ports/audit.h"
#include "ports/clock.h"
#include "ports/guard_journal.h"
#include "ports/log.h"

namespace remaphore {

class InboundQueue {
 public:
  struct Limits {
    VerificationQueue::Limits waiting;  // unverified
    VerificationQueue::Limits ready;    // verified, until taken
    ReplayGuard::Limits guard;

    // The same, scaled down if necessary so that all three take about two fifths of `memory` (bytes) at most.
    static Limits within(std::size_t memory);
  };

  static constexpr std::size_t kKeptInPlace = 32;

  // Persistent records of what happens to messages; either may be absent.
  struct Records {
    GuardJournal* journal = nullptr;  // the guard starts with its content
    Audit* audit = nullptr;
  };

  // The references must outlive it.
  InboundQueue(const Config& config, const Filter& filter, const Clock& clock, Log& log, Limits limits, Records records,
               Workers* workers = nullptr);
  InboundQueue(const Config& config, const Filter& filter, const Clock& clock, Log& log, Limits limits)
      : InboundQueue(config, filter, clock, log, limits, Records{}) {}

  // Replaces the peers. Everything that is queued, remembered and counted stays.
  void set_peers(Peers peers);

  // `call` gets every message once it is verified, before it is queued for handling.
  void on_verified(std::function<void(const VerifiedMessage&)> call) { on_verified_ = std::move(call); }

  // A delivery, with the time at which it was read.
  void offer(std::string_view bytes, WallTime arrival);

  // Verifies up to `count` waiting messages on this thread, fewer if they are large (kVerifiedBytes is the limit) or if
  // the socket has more (Verification::round()), and collects the results of the other threads.
  static constexpr std::size_t kVerifiedBytes = std::size_t{1} << 20;  // some ten milliseconds
  void verify(std::size_t count, Verification::Socket socket = Verification::Socket::kDrained);
  bool has_unverified() const { return !waiting_.empty(); }
  bool can_verify() const { return waiting_.can_go_on(); }  // work for this thread, not just other threads to wait for

  // The next message to act on.
  std::optional<VerifiedMessage> take();
  // For a message that was taken but not yet acted on. False: its key or verb is no longer allowed; this was logged.
  bool still_permits(const VerifiedMessage& message);
  std::size_t unverified() const { return waiting_.size(); }
  std::size_t queued() const { return ready_.size() + waiting_.size(); }
  bool has_ready() const { return !ready_.empty(); }

  // Reports how many lines about refused messages have been suppressed so far, if any.
  void report_suppressed();

  // Messages with a good signature that a bound refused. Those refused unverified have no proven sender: not counted.
  std::uint64_t overflowed() const { return overflowed_; }
  // All messages that were not accepted, except those addressed to other nodes.
  std::uint64_t refused() const { return refused_; }

 private:
  static std::size_t cost(const VerifiedMessage& message);
  void refuse(const Refusal& refusal, std::string_view bytes);  // the bytes, if still available
  void say_overflow(const Peer& peer, const char* what);
  void admit(CheckedMessage checked);
  bool can_be_recorded(const VerifiedMessage& message);
  void make_ready(VerifiedMessage message);

  const Config& config_;
  const Filter& filter_;
  const Clock& clock_;
  Log& log_;
  Records records_;
  std::function<void(const VerifiedMessage&)> on_verified_;
  Peers peers_;
  PersistentGuard guard_;
  Verification waiting_;
  FairQueue<VerifiedMessage, &InboundQueue::cost> ready_;
  Shares ready_shares_;
  std::uint64_t overflowed_ = 0;
  std::uint64_t refused_ = 0;
  RateLimit loud_{20, 5};  // lines that anyone who can publish to the subject can cause
};

}  // namespace remaphore
