// A listener's way in: deliveries are screened at once (checks 1 to 7), wait fairly for their signature check (8), pass
// the replay guard (9) and queue for whoever acts on them. Bounded everywhere; what a bound refuses is said with the
// name of the peer.
//
// Messages of one key are handed out in the order of their arrival, and so are those of all keys while none has more
// than kKeptInPlace waiting. A key with more takes turns with the others (fair_queue.h): nobody's long queue keeps the
// rest waiting.
//
// The peers may change meanwhile. What was queued is judged by those of the moment: once when its signature has been
// checked, and once more when it is handed out.
#pragma once

#include <cstddef>
#include <optional>

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

    // The same, or so much less that all three take some two fifths of `memory` (bytes) at most.
    static Limits within(std::size_t memory);
  };

  static constexpr std::size_t kKeptInPlace = 32;

  // What is kept of it outside; both may be absent.
  struct Records {
    GuardJournal* journal = nullptr;  // what it holds is known from the start
    Audit* audit = nullptr;
  };

  // The references outlive it.
  InboundQueue(const Config& config, const Filter& filter, const Clock& clock, Log& log, Limits limits, Records records,
               Workers* workers = nullptr);
  InboundQueue(const Config& config, const Filter& filter, const Clock& clock, Log& log, Limits limits)
      : InboundQueue(config, filter, clock, log, limits, Records{}) {}

  // From now on these are the peers. Everything that is queued, remembered and counted stays.
  void set_peers(Peers peers);

  // A delivery, stamped when it was read.
  void offer(std::string_view bytes, WallTime arrival);

  // Verifies up to `count` of those that wait on this thread, fewer if they are large: what that takes is bounded by
  // kVerifiedBytes; and takes note of those that other threads have verified.
  static constexpr std::size_t kVerifiedBytes = std::size_t{1} << 20;  // some ten milliseconds
  void verify(std::size_t count);
  bool has_unverified() const { return !waiting_.empty(); }
  bool can_verify() const { return waiting_.can_go_on(); }  // not only wait for other threads

  // The next message to act on.
  std::optional<VerifiedMessage> take();
  // Of a message that was taken and is not acted on yet. False: its key or verb is gone by now, and that has been said.
  bool still_permits(const VerifiedMessage& message);
  std::size_t unverified() const { return waiting_.size(); }
  std::size_t queued() const { return ready_.size() + waiting_.size(); }
  bool has_ready() const { return !ready_.empty(); }

  // Tells how many lines about refused messages were held back so far, if any.
  void report_suppressed();

  // Messages with a good signature that a bound refused. What was refused unverified is nobody's, so not among them.
  std::uint64_t overflowed() const { return overflowed_; }
  // All messages that were not accepted, but for those that were for somebody else.
  std::uint64_t refused() const { return refused_; }

 private:
  static std::size_t cost(const VerifiedMessage& message);
  void refuse(const Refusal& refusal, std::string_view bytes);  // the bytes, if they are still there
  void say_overflow(const Peer& peer, const char* what);
  void admit(CheckedMessage checked);
  bool can_be_recorded(const VerifiedMessage& message);
  void make_ready(VerifiedMessage message);

  const Config& config_;
  const Filter& filter_;
  const Clock& clock_;
  Log& log_;
  Records records_;
  Peers peers_;
  PersistentGuard guard_;
  Verification waiting_;
  FairQueue<VerifiedMessage, &InboundQueue::cost> ready_;
  Shares ready_shares_;
  std::uint64_t overflowed_ = 0;
  std::uint64_t refused_ = 0;
  RateLimit loud_{20, 5};  // lines that anybody on the subject can cause
};

}  // namespace remaphore
