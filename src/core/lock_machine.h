// The rules of a lock for one contender, as a pure state machine: what is stored, the results of our own writes, and
// the time go in; reads, writes and events come out. No I/O, no clock, no keys.
//
// Every contender writes an entry and refreshes it every lease / 3. The stream's sequence of its first write is its
// ticket, and the order is by ticket. It may hold the lock when fewer than `slots` of its predecessors are left. It
// watches only its immediate predecessor and, once that holds, those that it names as holding with it: a hand-over
// concerns two contenders, however many wait. A holder's deadline is the time at which its last acknowledged refresh
// was sent + lease; watchers evict it after lease * 1.2 of their own time without a sign of life. Clocks of different
// machines are never compared.
//
// A write names the sequence that it expects on its subject (compare-and-set). Whether a write without an answer
// was applied is settled by reading its subject.
//
// A contender whose entry has vanished writes it again. Somebody may have found the lock free meanwhile, so contenders
// that know of vanished entries list all entries again right before they take the lock. Those of them that hold it look
// twice who else does, and end their command if the slots are taken.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/lock_listing.h"
#include "core/lock_own.h"
#include "core/lock_queue.h"
#include "core/lock_shortcut.h"
#include "core/lock_values.h"

namespace remaphore {

class LockMachine {
 public:
  static constexpr Duration kReleaseTime = std::chrono::seconds(2);  // for a release; then the end is kUncertain

  explicit LockMachine(LockTerms terms) : terms_(std::move(terms)) {}

  // Starts, or starts again after kRequeue, with a random id that was never used.
  void queue(std::string id, const LockMoment& now);
  // Call when the command has ended or the caller stops waiting.
  void release(const LockMoment& now);

  void link_opened(const LockMoment& now);
  void link_lost();

  // The answers to kNewest, kNext and kInfo.
  void newest(const FoundEntry& found, const LockMoment& now);
  void next(std::uint64_t from, const FoundEntry& found, const LockMoment& now);
  void aged(const LockList& list, const LockMoment& now);
  void find_failed(const LockMoment& now);  // no answer to one of them

  void listed(const LockList& list, const LockMoment& now);          // the answer to kList
  void list_failed(const LockMoment& now) { listing_.failed(now); }  // no answer: it is asked again
  // The answer to kRead.
  void read(const std::string& id, const StoredEntry& stored, const LockMoment& now);
  void read_failed(const std::string& id, const LockMoment& now);
  // The answer to kWrite.
  void written(const std::string& id, const WriteOutcome& outcome, const LockMoment& now);
  // A message was delivered live on a watched subject; it may or may not have been stored. nullopt: it does not verify.
  void delivered(const std::string& id, const std::optional<LockEntry>& entry, const LockMoment& now);
  // The lock cannot be used: there is no stream, or no permission. Ends a contender that does not hold yet; a holder
  // continues until its deadline.
  void unavailable(const std::string& why, const LockMoment& now);
  // Looks at the time: call it before next_action() and next_event().
  void tick(const LockMoment& now);

  std::optional<LockAction> next_action(const LockMoment& now);  // none while there is no link
  std::optional<LockEvent> next_event();
  // The ids to subscribe to, before any further read. While it holds, ours is among them.
  std::set<std::string> watched() const;

  std::optional<MonotonicTime> wake() const;  // call tick() then
  std::optional<BootTime> boot_wake() const;  // the same by CLOCK_BOOTTIME

  enum class Phase { kIdle, kQueueing, kListing, kSettling, kWaiting, kTaking, kHeld, kEnding, kReleasing, kOver };
  Phase phase() const { return phase_; }
  // When the command must be dead if nothing is acknowledged until then: the last acknowledged refresh + lease.
  BootTime deadline() const { return own_.sent().boot + terms_.lease; }
  std::optional<LockDeadlines> deadlines() const;  // while it holds
  const OwnEntry& own() const { return own_; }
  const LockQueue& others() const { return others_; }
  const LockTerms& terms() const { return terms_; }

  // All state that determines its further behaviour, to compare machines in tests.
  template <class Visitor>
  void visit(Visitor&& visitor) const {
    own_.visit(visitor);
    others_.visit(visitor);
    listing_.visit(visitor);
    shortcut_.visit(visitor);
    visitor(phase_, linked_, rechecks_left_, listed_again_, requeue_, stream_, release_by_, end_);
  }

 private:
  using Shortcut = LockShortcut::State;
  bool may_list() const { return phase_ == Phase::kListing || phase_ == Phase::kHeld; }
  bool is_queued() const { return phase_ >= Phase::kListing && phase_ <= Phase::kTaking; }
  bool some_vanished() const { return own_.is_restored() || others_.saw_restored(); }  // entries, as far as we know
  bool has_others() const { return is_queued() || phase_ == Phase::kHeld; }
  BootTime term_at() const;
  BootTime kill_at() const;

  void note_own(const LockMoment& now);
  void start_listing();
  void use_list(const LockMoment& now);
  void begin_with(const LockList& list);
  void use_shortcut(const LockMoment& now);
  bool know_all() const { return listing_.is_done() && !shortcut_.is_reading(); }
  void wait(const LockMoment& now);
  void decide(const LockMoment& now);
  void recheck_holders();
  void judge_holders(const LockMoment& now);
  std::uint64_t next_fence() const;
  void report_waiting();
  void lose(BootTime kill_by, Duration out_of_touch, std::string why);
  void evicted(const LockMoment& now);
  void vanished(const LockMoment& now);
  void requeue();
  static std::string named(const StoredEntry& stored);
  void leave(LockEvent::End end, std::string text, const LockMoment& now);
  void end();

  LockTerms terms_;
  Phase phase_ = Phase::kIdle;
  OwnEntry own_;
  LockQueue others_;
  bool linked_ = false;
  unsigned rechecks_left_ = 0;  // after acknowledged writes
  bool listed_again_ = false;   // right before we take it
  LockListing listing_;
  LockShortcut shortcut_;
  std::int64_t stream_ = 0;  // of the last list
  bool requeue_ = false;
  std::vector<LockEvent> events_;
  std::optional<LockEvent> reported_;  // the last kWaiting
  std::optional<MonotonicTime> release_by_;
  LockEvent::End end_ = LockEvent::End::kReleased;
  std::string end_text_;
};

}  // namespace remaphore
