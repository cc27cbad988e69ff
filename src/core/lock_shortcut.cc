#include "core/lock_shortcut.h"

#include <iterator>
#include <utility>

#include "core/lock_listing.h"

namespace remaphore {
namespace {

using State = LockEntry::State;

// Whether all before the owner's ticket were done when this was written, except those that it names. False if the
// ticket belongs to an earlier stream.
bool is_of_a_holder(const StoredEntry& stored) {
  const auto& entry = stored.entry;
  if (!entry || entry->stream != 0 || entry->ticket == 0 || entry->ticket >= stored.sequence) return false;
  return entry->state == State::kHeld || (entry->state == State::kGone && entry->was_held);
}

// How far before our own entry others are looked for. A holder's entries, undisturbed, are its ticket, one that holds,
// its refreshes and its release; the first four distances find the place after the ticket for up to five refreshes.
constexpr std::uint64_t kBack[] = {1, 3, 5, 7, 64, 512};

}  // namespace

void LockShortcut::begin(std::string own_id) {
  cancel();
  own_id_ = std::move(own_id);
  state_ = State::kNewest;
}

std::optional<LockAction> LockShortcut::next_action(std::uint64_t ticket) {
  if (state_ == State::kNewest && !std::exchange(newest_asked_, true)) return LockAction{LockAction::Kind::kNewest};
  if (state_ == State::kReadingEarlier) {
    if (auto action = read_earlier()) return action;
    if (!std::exchange(age_asked_, true)) return LockAction{LockAction::Kind::kInfo};
  }
  if (state_ != State::kReading || ticket == 0) return std::nullopt;
  ticket_ = ticket;
  if (!std::exchange(age_asked_, true)) return LockAction{LockAction::Kind::kInfo};
  if (ordered_) {
    if (through_ || std::exchange(asking_, true)) return std::nullopt;
    return ask(cursor_ + 1);
  }
  if (!std::exchange(first_asked_, true)) return ask(base_ + 1);
  if (!has_newest() || std::exchange(second_asked_, true)) return std::nullopt;
  return ask(newest_.stored.sequence + 1);
}

void LockShortcut::link_lost() {
  if (!is_reading()) return;
  if (age_asked_) return fail();
  begin(std::move(own_id_));
}

LockAction LockShortcut::ask(std::uint64_t from) { return {.kind = LockAction::Kind::kNext, .from = from}; }

void LockShortcut::newest(const FoundEntry& newest) {
  if (state_ != State::kNewest) return;
  if (newest.id != own_id_) return begin_at(newest);
  state_ = State::kReadingEarlier;
  own_ = newest;
  ticket_ = newest.stored.sequence;
}

void LockShortcut::begin_at(const FoundEntry& newest) {
  state_ = State::kReading;
  if (newest.id.empty()) return;
  if (!is_of_a_holder(newest.stored)) return fail();
  newest_ = newest;
  base_ = newest.stored.entry->ticket;
}

std::optional<LockAction> LockShortcut::read_earlier() {
  if (back_requests_ == std::size(kBack)) return std::nullopt;
  const std::uint64_t distance = kBack[back_requests_++];
  return ask(ticket_ > distance ? ticket_ - distance : 1);
}

// If no entry precedes ours, the lock was never taken, as far as the stream goes back. If none of the entries read is a
// holder's, a list is needed.
void LockShortcut::earlier_read(std::uint64_t from, const FoundEntry& found) {
  back_answers_.push_back({from, found});
  if (back_answers_.size() < std::size(kBack)) return;
  const FoundEntry* const holder = holder_before();
  const auto first = first_from(1);
  if (holder == nullptr && (!first || first->id != own_id_)) return fail();
  begin_at(holder != nullptr ? *holder : FoundEntry{});
  first_ = first_from(base_ + 1);
  if (has_newest()) second_ = first_from(newest_.stored.sequence + 1);
  first_asked_ = first_.has_value();
  second_asked_ = second_.has_value();
  if (first_ && (second_ || !has_newest())) compare();
}

// A holder's entry before ours: the last one that was found.
const FoundEntry* LockShortcut::holder_before() const {
  const FoundEntry* last = nullptr;
  for (const Back& one : back_answers_) {
    const StoredEntry& stored = one.found.stored;
    if (one.found.id == own_id_ || stored.sequence >= ticket_ || !is_of_a_holder(stored)) continue;
    if (last == nullptr || stored.sequence > last->stored.sequence) last = &one.found;
  }
  return last;
}

// The first entry whose sequence is `from` or higher, if the answers tell.
std::optional<FoundEntry> LockShortcut::first_from(std::uint64_t from) const {
  if (from == ticket_) return own_;
  for (const Back& one : back_answers_) {
    if (one.from <= from && !one.found.id.empty() && one.found.stored.sequence >= from) return one.found;
  }
  return std::nullopt;
}

bool LockShortcut::is_newest(const FoundEntry& found) const {
  return found.id == newest_.id && found.stored.sequence == newest_.stored.sequence &&
         found.stored.entry == newest_.stored.entry;
}

void LockShortcut::next(std::uint64_t from, const FoundEntry& found) {
  if (state_ == State::kReadingEarlier) return earlier_read(from, found);
  if (state_ != State::kReading) return;
  if (ordered_) {
    if (std::exchange(asking_, false)) take(found);
    return;
  }
  (from == base_ + 1 ? first_ : second_) = found;
  if (first_ && (second_ || !has_newest())) compare();
}

// Whether there is only the newest entry, where it was, and ours after it.
void LockShortcut::compare() {
  const FoundEntry& last = has_newest() ? *second_ : *first_;
  if (last.id == own_id_ && last.stored.sequence == ticket_ && (!has_newest() || is_newest(*first_))) {
    if (has_newest()) found_.push_back(newest_);
    return end(State::kIfUnchanged);
  }
  ordered_ = true;
  cursor_ = base_;
  take(*first_);
}

void LockShortcut::read_in_order() {
  if (state_ != State::kIfUnchanged) return;
  state_ = State::kReading;
  through_.reset();
  found_.clear();
  ordered_ = true;
  cursor_ = base_;
  take(*first_);
}

// The next one in the order of the stream. The newest one must be among them, unchanged: otherwise that was another
// stream.
void LockShortcut::take(const FoundEntry& found) {
  if (found.id.empty()) return own_seen_ && (newest_seen_ || !has_newest()) ? end(State::kThrough) : fail();
  if (found.stored.sequence <= cursor_) return fail();
  cursor_ = found.stored.sequence;
  if (found.id == own_id_) {
    own_seen_ = true;
    return;
  }
  if (found.id == newest_.id && !is_newest(found)) return fail();
  newest_seen_ = newest_seen_ || found.id == newest_.id;
  const auto& entry = found.stored.entry;
  if (!entry || entry->stream != 0 || found_.size() == kMaxEntries) return fail();
  found_.push_back(found);
}

void LockShortcut::end(State how) {
  through_ = how;
  if (age_) state_ = how;
}

// A new stream is not trusted.
void LockShortcut::aged(const LockList& list) {
  if ((state_ != State::kReadingEarlier && state_ != State::kReading) || age_) return;
  if (list.age < LockListing::kSettling) return fail();
  age_ = list;
  if (through_) state_ = *through_;
}

LockList LockShortcut::list() const {
  LockList list = *age_;
  if (has_newest()) list.ids = newest_.stored.entry->ahead;
  return list;
}

}  // namespace remaphore
