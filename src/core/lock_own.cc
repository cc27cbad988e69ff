#include "core/lock_own.h"

#include <algorithm>
#include <utility>

namespace remaphore {
namespace {

using State = LockEntry::State;

}  // namespace

void OwnEntry::begin(std::string id, const LockTerms& terms, const LockMoment& now) {
  *this = OwnEntry{};
  id_ = std::move(id);
  wanted_.slots = terms.slots;
  wanted_.lease = terms.lease;
  wanted_.who = terms.who;
  wanted_.host = terms.host;
  wanted_.pid = terms.pid;
  wanted_.since = now.wall;
  // Takes the form in which it will be read back: the stored entry is compared with the written one.
  if (auto read = parse_lock_entry(format_lock_entry(wanted_))) wanted_ = std::move(*read);
  sent_ = now;
  changed_ = true;
}

void OwnEntry::wait(std::uint32_t before, std::uint64_t highest_fence) {
  if (wanted_.state == State::kHeld) {
    wanted_.ahead.clear();
    changed_ = true;
  }
  wanted_.state = State::kWait;
  wanted_.before = before;
  wanted_.fence = highest_fence;
}

void OwnEntry::hold(std::uint64_t fence, std::vector<std::string> ahead, std::optional<std::uint64_t> last,
                    const LockMoment& now) {
  wanted_.state = State::kHeld;
  wanted_.before = 0;
  wanted_.fence = fence;
  wanted_.ahead = std::move(ahead);
  wanted_.since = now.wall;
  last_ = last;
  changed_ = true;
}

void OwnEntry::leave() {
  if (wanted_.state == State::kGone) return;
  // Others conclude from it that all before us are done: only a stored hold shows that.
  wanted_.was_held = state() == State::kHeld;
  if (!wanted_.was_held) wanted_.ahead.clear();
  last_.reset();
  wanted_.state = State::kGone;
  wanted_.before = 0;
  changed_ = true;
  not_before_ = {};
}

std::optional<LockAction> OwnEntry::next_action(const LockMoment& now) {
  if (ended_ || step_ == Step::kWriting || step_ == Step::kReading || now.monotonic < not_before_) return std::nullopt;
  if (stored_ && stored_->state == State::kGone && step_ == Step::kIdle) return std::nullopt;
  const bool due = changed_ || (stored_ && now.monotonic >= refresh_at_);
  if (due && stored_ && is_late(now) && !checked_) step_ = Step::kToRead;
  if (step_ == Step::kToRead) {
    step_ = Step::kReading;
    return LockAction{.kind = LockAction::Kind::kRead, .id = id_};
  }
  if (!due) return std::nullopt;
  return write(now);
}

LockAction OwnEntry::write(const LockMoment& now) {
  LockEntry entry = wanted_;
  // A first write that may have arrived after all is repeated unchanged: either copy gives the ticket.
  entry.beat = beat_ = stored_ ? beat_ + 1 : 1;
  entry.ticket = ticket_;
  entry.stream = restored_ ? stream_ : 0;
  entry.after = expected_;
  writing_ = Write{entry, expected_, now};
  step_ = Step::kWriting;
  changed_ = checked_ = false;
  ever_sent_ = true;
  return {.kind = LockAction::Kind::kWrite, .id = id_, .expected = expected_, .last = last_, .entry = std::move(entry)};
}

void OwnEntry::written(const WriteOutcome& outcome, const LockMoment& now) {
  if (step_ != Step::kWriting || ended_) return;
  step_ = Step::kIdle;
  switch (outcome.kind) {
    case WriteOutcome::Kind::kStored: return acknowledge(writing_->entry, outcome.sequence, writing_->sent);
    case WriteOutcome::Kind::kRefused:
    case WriteOutcome::Kind::kUnknown: step_ = Step::kToRead; return;
    case WriteOutcome::Kind::kRejected:
      rejection_ = outcome.reason;
      changed_ = true;
      not_before_ = now.monotonic + kRetry;
      if ((!stored_ && !outcome.for_now) || (stored_ && is_late(now) && stored_->state == State::kWait))
        end(Fate::kRejected, {});
  }
}

void OwnEntry::acknowledge(const LockEntry& entry, std::uint64_t sequence, const LockMoment& sent) {
  if (!stored_) ticket_ = sequence;
  if (state() != State::kHeld) echoed_ = entry.beat;  // only a holder's writes come by
  stored_ = entry;
  sequence_ = expected_ = sequence;
  sent_ = sent;
  refresh_at_ = sent.monotonic + entry.lease / 3;
  writing_.reset();
  if (entry.state == State::kHeld) last_.reset();
}

// Written by us at some time since the last acknowledgement.
bool OwnEntry::is_ours(const StoredEntry& stored) const {
  const LockEntry& entry = *stored.entry;
  if (!stored.signer.empty() && stored.signer.substr(0, LockEntry::kMaxWho) != wanted_.who) return false;
  if (entry.state == State::kGone && (!entry.by.empty() || wanted_.state != State::kGone)) return false;
  if (!stored_) return ever_sent_ && entry.state == State::kWait && entry.ticket == 0 && entry.beat == 1;
  return entry.ticket == ticket_ && entry.beat > stored_->beat && entry.beat <= beat_;
}

void OwnEntry::read(const StoredEntry& stored, const LockMoment& now) {
  if (step_ != Step::kReading || ended_) return;
  step_ = Step::kIdle;
  checked_ = true;
  const auto& entry = stored.entry;
  if (entry && writing_ && *entry == writing_->entry) {
    return acknowledge(*entry, stored.sequence, writing_->sent);
  }
  const bool unchanged = stored_ && stored.sequence == sequence_ && entry == stored_;
  if (last_) stay_waiting();
  if (unchanged) {
    reread_later(now);
    return rewrite(sequence_, Fate::kCurrent);
  }
  if (entry && is_ours(stored)) {
    acknowledge(*entry, stored.sequence, sent_);  // which of our writes it was is not known: the time stays
    return rewrite(stored.sequence, Fate::kCurrent);
  }
  const bool late = stored_ && is_late(now);
  if (entry && entry->state == State::kGone) return end(Fate::kEvicted, stored);
  if (late) return end(Fate::kVanished, stored);
  const bool lost = stored_ && (stored.sequence == 0 || stored.sequence < sequence_);
  if (lost && stream_ == 0) return end(Fate::kVanished, stored);  // which stream the ticket is of is not known
  rewrite(stored.sequence, lost ? Fate::kRestored : Fate::kOverwritten);
}

void OwnEntry::rewrite(std::uint64_t expected, Fate why) {
  const bool lost = why == Fate::kRestored;
  // There is nothing to do if the stored entry is as wanted.
  changed_ = changed_ || expected != sequence_ || lost || writing_.has_value();
  expected_ = expected;
  writing_.reset();
  restored_ = restored_ || lost;
  if (lost || fate_ == Fate::kCurrent) fate_ = why;
}

// What is stored still says that we wait.
void OwnEntry::stay_waiting() {
  last_.reset();
  wanted_.state = State::kWait;
  wanted_.ahead.clear();
  if (stored_) wanted_.since = stored_->since;
  changed_ = false;
  writing_.reset();
  fate_ = Fate::kPassed;
}

void OwnEntry::read_failed(const LockMoment& now) {
  if (step_ != Step::kReading) return;
  step_ = Step::kToRead;
  not_before_ = now.monotonic + kRetry;
}

// Storing lags behind delivery: a hinted message may be stored in a moment, or never.
void OwnEntry::reread_later(const LockMoment& now) {
  if (rereads_left_ == 0 || writing_) return;
  step_ = Step::kToRead;
  not_before_ = now.monotonic + std::chrono::milliseconds(1 << (kRereads - rereads_left_));
  --rereads_left_;
}

void OwnEntry::delivered(const std::optional<LockEntry>& entry, const LockMoment& now) {
  if (!stored_ || ended_) return;
  // Each of our writes comes by once. A copy of it may have been stored with headers that nobody accepts.
  const bool is_own = entry && (entry == stored_ || (writing_ && *entry == writing_->entry));
  if (is_own && entry->beat > echoed_) {
    echoed_ = entry->beat;
    return;
  }
  rereads_left_ = kRereads;
  reread(now);
}

void OwnEntry::reread(const LockMoment& now) {
  if (step_ == Step::kIdle && stored_ && !ended_) step_ = Step::kToRead;
  not_before_ = std::min(not_before_, now.monotonic);
}

void OwnEntry::link_lost() {
  if (step_ == Step::kWriting || step_ == Step::kReading) step_ = Step::kToRead;
}

void OwnEntry::link_opened(const LockMoment& now) {
  not_before_ = {};
  refresh_at_ = std::min(refresh_at_, now.monotonic);
}

void OwnEntry::end(Fate fate, const StoredEntry& by) {
  ended_ = true;
  ended_by_ = by;
  fate_ = fate;
}

OwnEntry::Fate OwnEntry::take_fate() { return std::exchange(fate_, Fate::kCurrent); }

std::optional<MonotonicTime> OwnEntry::wake() const {
  if (ended_ || step_ == Step::kWriting || step_ == Step::kReading) return std::nullopt;
  if (step_ == Step::kToRead || changed_) return not_before_;
  if (!stored_ || stored_->state == State::kGone) return std::nullopt;
  return std::max(refresh_at_, not_before_);
}

}  // namespace remaphore
