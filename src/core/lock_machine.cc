#include "core/lock_machine.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/deadline.h"
#include "base/duration.h"

namespace remaphore {

using Kind = LockEvent::Kind;
using End = LockEvent::End;
using Fate = OwnEntry::Fate;

namespace {

constexpr Duration kKillAhead = std::chrono::seconds(2);   // KILL is sent this long before the deadline
constexpr Duration kShortLease = std::chrono::seconds(6);  // below it, kKillAhead would leave the command no time
constexpr unsigned kRechecks = 2;  // the second finds a contender that was taking the lock during the first
constexpr Duration kGrace = std::chrono::milliseconds(500);  // between TERM and KILL, at least; less with a short lease

}  // namespace

void LockMachine::queue(std::string id, const LockMoment& now) {
  if (phase_ != Phase::kIdle) return;
  own_.begin(std::move(id), terms_, now);
  phase_ = Phase::kQueueing;
  requeue_ = listed_again_ = false;
  listing_.forget_age();
  shortcut_.begin(own_.id());
}

void LockMachine::link_opened(const LockMoment& now) {
  linked_ = true;
  own_.link_opened(now);
  others_.link_opened(now);
  listing_.link_opened();
  use_shortcut(now);
}

void LockMachine::link_lost() {
  linked_ = false;
  own_.link_lost();
  others_.link_lost();
  listing_.link_lost();
  shortcut_.link_lost();
}

void LockMachine::start_listing() {
  phase_ = Phase::kListing;
  listing_.want();
  shortcut_.cancel();
  others_.clear();
}

void LockMachine::newest(const FoundEntry& found, const LockMoment& now) {
  shortcut_.newest(found);
  use_shortcut(now);
}

void LockMachine::next(std::uint64_t from, const FoundEntry& found, const LockMoment& now) {
  shortcut_.next(from, found);
  use_shortcut(now);
}

void LockMachine::aged(const LockList& list, const LockMoment& now) {
  shortcut_.aged(list);
  use_shortcut(now);
}

void LockMachine::find_failed(const LockMoment& now) {
  if (shortcut_.is_reading()) shortcut_.fail();
  use_shortcut(now);
}

void LockMachine::use_shortcut(const LockMoment& now) {
  if (phase_ != Phase::kListing || shortcut_.state() == Shortcut::kOff || shortcut_.is_reading()) return;
  if (shortcut_.state() == Shortcut::kFailed || shortcut_.ticket() != own_.ticket()) return start_listing();
  begin_with(shortcut_.list());
  for (const FoundEntry& one : shortcut_.found()) others_.found(one.id, one.stored, now);
  decide(now);
}

void LockMachine::listed(const LockList& list, const LockMoment& now) {
  if (listing_.answered(list) && may_list()) use_list(now);
}

void LockMachine::use_list(const LockMoment& now) {
  bool missed = false;
  const auto list = listing_.use(own_.id(), now, missed);
  if (missed) own_.reread(now);
  if (!list) return;
  begin_with(*list);
  decide(now);
}

void LockMachine::begin_with(const LockList& list) {
  stream_ = list.stream;
  if (own_.stream() == 0) own_.set_stream(stream_);
  others_.begin(terms_, own_.id(), {own_.stream(), own_.ticket()}, list);
}

void LockMachine::read(const std::string& id, const StoredEntry& stored, const LockMoment& now) {
  if (id != own_.id()) {
    others_.read(id, stored, now);
    return decide(now);
  }
  own_.read(stored, now);
  note_own(now);
}

void LockMachine::read_failed(const std::string& id, const LockMoment& now) {
  id == own_.id() ? own_.read_failed(now) : others_.read_failed(id, now);
}

void LockMachine::written(const std::string& id, const WriteOutcome& outcome, const LockMoment& now) {
  if (id != own_.id()) {
    others_.written(id, outcome, now);
    return decide(now);
  }
  own_.written(outcome, now);
  note_own(now);
  if (outcome.kind == WriteOutcome::Kind::kStored && phase_ == Phase::kHeld && rechecks_left_ > 0) recheck_holders();
}

void LockMachine::delivered(const std::string& id, const std::optional<LockEntry>& entry, const LockMoment& now) {
  if (id == own_.id()) return own_.delivered(entry, now);
  others_.delivered(id, entry, now);
  decide(now);
}

void LockMachine::unavailable(const std::string& why, const LockMoment& now) {
  if (phase_ <= Phase::kTaking) leave(End::kUnavailable, why, now);
}

// Reacts to the fate of our own entry.
void LockMachine::note_own(const LockMoment& now) {
  switch (own_.take_fate()) {
    case Fate::kCurrent: break;
    case Fate::kOverwritten:
      if (phase_ == Phase::kHeld) rechecks_left_ = kRechecks;
      break;
    case Fate::kRestored:
      if (phase_ == Phase::kHeld) rechecks_left_ = kRechecks;
      if (!is_queued()) break;
      own_.wait(0, others_.highest_fence());
      listing_.forget_age();
      start_listing();
      break;
    case Fate::kRejected:
      end_ = End::kUnavailable;
      end_text_ = own_.rejection();
      return end();
    case Fate::kPassed:
      if (phase_ != Phase::kTaking) break;
      phase_ = Phase::kListing;
      others_.clear();
      shortcut_.read_in_order();
      return use_shortcut(now);
    case Fate::kEvicted: return evicted(now);
    case Fate::kVanished: return vanished(now);
  }
  if (phase_ == Phase::kQueueing && own_.is_stored()) {
    phase_ = Phase::kListing;
    use_shortcut(now);
  }
  if (phase_ == Phase::kReleasing && own_.state() == LockEntry::State::kGone) return end();
  if (phase_ != Phase::kTaking || own_.state() != LockEntry::State::kHeld || now.boot >= term_at()) return;
  phase_ = Phase::kHeld;
  if (some_vanished()) rechecks_left_ = kRechecks;
  others_.clear();
  events_.push_back({.kind = Kind::kHeld, .fence = own_.fence()});
}

// Reacts to the state of those ahead of us, or of other holders while we hold.
void LockMachine::decide(const LockMoment& now) {
  if (phase_ == Phase::kHeld) return judge_holders(now);
  if (!is_queued() || !know_all() || phase_ == Phase::kTaking) return;
  if (const auto& other = others_.conflict()) {
    return leave(End::kConflict,
                 fmt::format("{} uses --slots {}, we use {}", named(*other), other->entry->slots, terms_.slots), now);
  }
  if (!others_.complete()) return;
  const bool waits = others_.size() >= terms_.slots || others_.may_conflict();
  if (waits || listing_.is_settling()) others_.watch();
  if (waits) return wait(now);
  if (listing_.is_settling()) {
    phase_ = Phase::kSettling;
    return;
  }
  if (some_vanished() && !std::exchange(listed_again_, true)) return start_listing();  // they may be back by now
  const std::uint64_t fence = next_fence();
  if (fence == 0) return leave(End::kUnavailable, "its fencing numbers are used up", now);
  phase_ = Phase::kTaking;
  std::optional<std::uint64_t> last;
  if (shortcut_.state() == Shortcut::kIfUnchanged) last = own_.ticket();
  own_.hold(fence, others_.ids(), last, now);
}

void LockMachine::wait(const LockMoment& now) {
  if (shortcut_.state() == Shortcut::kIfUnchanged) {
    others_.clear();
    phase_ = Phase::kListing;
    shortcut_.read_in_order();
    return use_shortcut(now);
  }
  phase_ = Phase::kWaiting;
  listed_again_ = false;
  own_.wait(static_cast<std::uint32_t>(others_.places_ahead()), others_.highest_fence());
  report_waiting();
}

// With a ticket of an earlier stream, it must also exceed the numbers given in later streams: we wrote our entry again
// before anybody behind us could hold.
std::uint64_t LockMachine::next_fence() const {
  const std::uint64_t fence = fence_of({own_.stream(), own_.ticket()}, others_.highest_fence());
  if (!own_.is_restored()) return fence;
  return std::max(fence, fence_of({stream_, own_.sequence()}, others_.highest_fence()));
}

void LockMachine::report_waiting() {
  LockEvent event{.kind = Kind::kWaiting, .ahead = others_.places_ahead()};
  if (const auto* holder = others_.holder()) event.holder = holder->entry;
  const auto ticket_of = [](const LockEvent& one) { return one.holder ? one.holder->ticket : 0; };
  if (reported_ && reported_->ahead == event.ahead && ticket_of(*reported_) == ticket_of(event)) return;
  reported_ = event;
  events_.push_back(std::move(event));
}

BootTime LockMachine::kill_at() const {
  return deadline() - (terms_.lease >= kShortLease ? kKillAhead : terms_.lease / 6);
}

BootTime LockMachine::term_at() const {
  return std::min(own_.sent().boot + terms_.lease * 2 / 3, kill_at() - std::min(kGrace, terms_.lease / 6));
}

std::optional<LockDeadlines> LockMachine::deadlines() const {
  if (phase_ != Phase::kHeld) return std::nullopt;
  return LockDeadlines{term_at(), kill_at()};
}

void LockMachine::tick(const LockMoment& now) {
  if (phase_ == Phase::kHeld && now.boot >= term_at()) {
    const Duration silent = now.boot - own_.sent().boot;
    lose(kill_at(), silent, fmt::format("no refresh was acknowledged for {}", format_duration(silent)));
  }
  const bool settled = listing_.settle(now);
  if (settled && (phase_ == Phase::kSettling || phase_ == Phase::kWaiting))
    start_listing();  // late entries have been stored by now
  if (release_by_ && now.monotonic >= *release_by_ && phase_ == Phase::kReleasing) {
    if (end_ == End::kReleased) end_ = End::kUncertain;
    end();
  }
  if (is_queued()) others_.tick(now);
}

std::optional<LockAction> LockMachine::next_action(const LockMoment& now) {
  if (std::exchange(requeue_, false)) return LockAction{.kind = LockAction::Kind::kRequeue};
  if (!linked_ || phase_ == Phase::kIdle || phase_ == Phase::kOver) return std::nullopt;
  if (auto action = shortcut_.next_action(own_.ticket())) return action;
  if (auto action = own_.next_action(now)) return action;
  if (may_list() && listing_.ask(now)) return LockAction{.kind = LockAction::Kind::kList};
  return has_others() ? others_.next_action(now) : std::nullopt;
}

std::optional<LockEvent> LockMachine::next_event() {
  if (events_.empty()) return std::nullopt;
  LockEvent event = std::move(events_.front());
  events_.erase(events_.begin());
  return event;
}

std::set<std::string> LockMachine::watched() const {
  std::set<std::string> ids = others_.watched();
  if (phase_ == Phase::kHeld || phase_ == Phase::kEnding) ids.insert(own_.id());
  return ids;
}

std::optional<MonotonicTime> LockMachine::wake() const {
  std::optional<MonotonicTime> first = phase_ == Phase::kReleasing ? release_by_ : listing_.settled_at();
  if (!linked_ || phase_ == Phase::kIdle || phase_ == Phase::kOver) return first;
  first = earlier(first, own_.wake());
  if (may_list()) first = earlier(first, listing_.wake());
  return has_others() ? earlier(first, others_.wake()) : first;
}

std::optional<BootTime> LockMachine::boot_wake() const {
  return phase_ == Phase::kHeld ? std::optional(term_at()) : std::nullopt;
}

}  // namespace remaphore
