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
//
// With --since, messages from a stream come in as well. Meanwhile live messages wait unverified, with an equal bound of
// their own. Kept messages are not refused for lack of room: offer them only while there is room.
#pragma once

#include <cstddef>
#include <cstdint>
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
    VerificationQueue::Limits waiting;                                      // unverified
    VerificationQueue::Limits ready = {.per_key = std::size_t{128} << 20};  // verified, until taken
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

  struct Options {
    const Filter& filter;  // must outlive it
    Limits limits = {};
    std::optional<Duration> since = std::nullopt;  // --since
  };
  // They must outlive it.
  struct Ports {
    const Clock& clock;
    Log& log;
    Records records = {};
    Workers* workers = nullptr;  // for a backlog of signature checks
  };

  // The config must outlive it.
  InboundQueue(const Config& config, const Options& options, const Ports& ports);

  // Replaces the peers. Everything that is queued, remembered and counted stays.
  void set_peers(Peers peers);

  // `call` gets every message once it is verified, before it is queued for handling.
  void on_verified(std::function<void(const VerifiedMessage&)> call) { on_verified_ = std::move(call); }

  // A delivery, with the time when it was read.
  void offer(std::string_view bytes, WallTime arrival);

  // --since. Live messages wait from now on; kept ones are judged as of `begun`, until release_live().
  void hold_live(WallTime begun);
  void release_live();
  bool has_unverified_kept() const { return holds_live_ && !waiting_.empty(); }
  bool has_room_for_kept() const { return waiting_.bytes() + ready_.bytes() < most_kept_; }
  // A message from the stream. If it is known already, or too old, this is reported with --verbose only.
  void offer_kept(std::string_view bytes);
  // The number of kept messages refused since the last call because they may be replays.
  std::uint64_t take_kept_forgotten() { return std::exchange(kept_forgotten_, 0); }

  // Verifies up to `count` waiting messages on this thread, fewer if they are large (kVerifiedBytes is the limit) or if
  // the socket has more (Verification::round()), and collects the results of the other threads.
  static constexpr std::size_t kVerifiedBytes = std::size_t{1} << 20;  // some ten milliseconds
  void verify(std::size_t count, Verification::Socket socket = Verification::Socket::kDrained);
  bool has_unverified() const { return !waiting_.empty() || !later_.empty(); }
  bool can_verify() const { return waiting_.can_go_on(); }  // work for this thread, not just other threads to wait for

  // The next message to act on: call begin() first.
  std::optional<VerifiedMessage> take();
  // The next message if none will be acted on.
  std::optional<VerifiedMessage> take_to_drop();
  // Right before a message is acted on, once. With --since, what was taken but not begun can be read again after a
  // restart. False: it could not be recorded, which was reported; do not act on it.
  bool begin(const VerifiedMessage& message);
  // Whether a message that was taken may still be acted on. False: its key or verb is no longer permitted; this was
  // logged.
  bool still_permits(const VerifiedMessage& message);
  std::size_t unverified() const { return waiting_.size() + later_.size(); }
  std::size_t queued() const { return ready_.size() + unverified(); }
  bool has_ready() const { return !ready_.empty(); }

  // Reports how many lines about refused messages have been suppressed so far, if any.
  void report_suppressed();

  // Messages with a good signature that a bound refused. Those refused unverified have no proven sender and do not
  // count.
  std::uint64_t overflowed() const { return overflowed_; }
  // All messages that were not accepted, except those addressed to other nodes.
  std::uint64_t refused() const { return refused_; }

 private:
  static constexpr std::size_t kMaxKept = std::size_t{1} << 20;  // bytes of kept messages, unverified and ready
  static std::size_t cost(const VerifiedMessage& message);
  Result<UnverifiedMessage, Refusal> screen(std::string_view bytes, WallTime arrival) const;
  void refuse_pushed_out(const VerificationQueue::Pushed& pushed);
  VerifiedMessage pop_ready();
  void note_taken(const VerifiedMessage& message);
  bool record(const VerifiedMessage& message);
  void refuse(const Refusal& refusal, std::string_view bytes);  // the bytes, if still available
  Refusal unless_copy(Refusal refusal, WallTime arrival) const;
  void report_overflow(const Peer& peer, const char* what);
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
  const Window window_;
  // With --since a message is recorded when it is begun, not before: a crash loses none that can be read again.
  const bool records_late_;
  const std::size_t most_kept_;
  PersistentGuard guard_;
  Verification waiting_;
  VerificationQueue later_;  // live messages, while kept ones are offered
  bool holds_live_ = false;
  WallTime begun_ = WallTime::max();         // since when
  WallTime copies_until_ = WallTime::min();  // what arrives until then may have been read from the stream as well
  std::uint64_t kept_forgotten_ = 0;
  FairQueue<VerifiedMessage, &InboundQueue::cost> ready_;
  Shares ready_shares_;
  std::uint64_t overflowed_ = 0;
  std::uint64_t refused_ = 0;
  RateLimit loud_{20, 5};  // lines that anyone who can publish to the subject can cause
};

}  // namespace remaphore
