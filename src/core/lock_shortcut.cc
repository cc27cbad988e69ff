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
  return entry->state == State::kHeld || (entry->state == State::kGone && entry->took);
}

// How far before our own entry others are looked for.
constexpr std::uint64_t kBack[] = {1, 8, 64, 512};

}  // namespace

void LockShortcut::begin(std::string own_id) {
  cancel();
  own_id_ = std::move(own_id);
  state_ = State::kNewest;
}

std::optional<LockAction> LockShortcut::next_action(std::uint64_t ticket) {
  if (state_ == State::kNewest && !std::exchange(newest_asked_, true)) return LockAction{LockAction::Kind::kNewest};
  if (state_ == State::kLookingBack) return look_back();
  if (state_ != State::kReading || ticket == 0) return std::nullopt;
  ticket_ = ticket;
  if (!std::exchange(age_asked_, true)) return LockAction{LockAction::Kind::kAge};
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
  state_ = State::kLookingBack;
  back_ = newest;
  ticket_ = newest.stored.sequence;
}

void LockShortcut::begin_at(const FoundEntry& newest) {
  state_ = State::kReading;
  if (newest.id.empty()) return;
  if (!is_of_a_holder(newest.stored)) return fail();
  newest_ = newest;
  base_ = newest.stored.entry->ticket;
}

std::optional<LockAction> LockShortcut::look_back() {
  if (back_requests_ == std::size(kBack)) return std::nullopt;
  const std::uint64_t distance = kBack[back_requests_++];
  return ask(ticket_ > distance ? ticket_ - distance : 1);
}

// None up to the beginning of the stream: the lock was never taken. None as far as we look: a list will tell.
void LockShortcut::found_before(const FoundEntry& found) {
  const bool before = !found.id.empty() && found.id != own_id_ && found.stored.sequence < ticket_;
  if (before && (back_.id == own_id_ || found.stored.sequence > back_.stored.sequence)) back_ = found;
  if (++back_answers_ < std::size(kBack)) return;
  if (back_.id != own_id_) return begin_at(back_);
  ticket_ > *std::rbegin(kBack) ? fail() : begin_at({});
}

bool LockShortcut::is_newest(const FoundEntry& found) const {
  return found.id == newest_.id && found.stored.sequence == newest_.stored.sequence &&
         found.stored.entry == newest_.stored.entry;
}

void LockShortcut::next(std::uint64_t from, const FoundEntry& found) {
  if (state_ == State::kLookingBack) return found_before(found);
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
  if (!entry || entry->stream != 0 || found_.size() == kMostEntries) return fail();
  found_.push_back(found);
}

void LockShortcut::end(State how) {
  through_ = how;
  if (age_) state_ = how;
}

// A new stream is not trusted.
void LockShortcut::aged(const LockList& list) {
  if (state_ != State::kReading || age_) return;
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
