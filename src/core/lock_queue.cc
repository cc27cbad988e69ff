#include "core/lock_queue.h"

#include <algorithm>
#include <utility>

namespace remaphore {
namespace {

using State = LockEntry::State;
using Step = LockQueue::Other::Step;

constexpr Duration kOthersRetry = std::chrono::milliseconds(200);  // after a read or eviction that failed
constexpr unsigned kMaxRereads = 9;

bool contains(const std::vector<std::string>& ids, const std::string& id) {
  return std::find(ids.begin(), ids.end(), id) != ids.end();
}

bool under_way(Step step) { return step == Step::kReading || step == Step::kConfirming || step == Step::kEvicting; }

}  // namespace

void LockQueue::begin(const LockTerms& terms, std::string own_id, LockPlace own_place, const LockList& list) {
  slots_ = terms.slots;
  longest_lease_ = std::max(longest_lease_, terms.lease);
  own_id_ = std::move(own_id);
  own_place_ = own_place;
  stream_ = list.stream;
  listed_at_ = list.newest();
  others_.clear();
  conflict_.reset();
  listing_ = true;
  for (const std::string& id : list.ids) {
    if (id != own_id_) others_[id].step = Step::kToRead;
  }
}

void LockQueue::found(const std::string& id, const StoredEntry& stored, const LockMoment& now) {
  others_[id].step = Step::kReading;
  read(id, stored, now);
}

bool LockQueue::complete() const {
  if (!listing_) return true;
  return std::all_of(others_.begin(), others_.end(), [](const auto& other) {
    return other.second.step != Step::kToRead && other.second.step != Step::kReading;
  });
}

bool LockQueue::is_before(const Other& a, const std::string& a_id, const Other& b, const std::string& b_id) const {
  return comes_before(a.place, a_id, b.place, b_id, stream_);
}

LockQueue::Others::const_iterator LockQueue::predecessor() const {
  auto last = others_.end();
  for (auto at = others_.begin(); at != others_.end(); ++at) {
    if (!at->second.known || at->second.behind) continue;
    if (last == others_.end() || is_before(last->second, last->first, at->second, at->first)) last = at;
  }
  return last;
}

std::uint64_t LockQueue::places_ahead() const {
  const auto last = predecessor();
  const bool waits = last != others_.end() && last->second.entry.state == State::kWait;
  return waits && last->second.entry.before > 0 ? std::uint64_t{last->second.entry.before} + 1 : size();
}

std::vector<std::string> LockQueue::ids() const {
  std::vector<std::string> ids;
  for (const auto& [id, other] : others_) ids.push_back(id);
  return ids;
}

const LockQueue::Other* LockQueue::holder() const {
  for (const auto& [id, other] : others_) {
    if (other.known && other.entry.state == State::kHeld) return &other;
  }
  return nullptr;
}

std::set<std::string> LockQueue::watched() const {
  std::set<std::string> ids;
  for (const auto& [id, other] : others_) {
    if (other.watched) ids.insert(id);
  }
  return ids;
}

void LockQueue::watch() {
  listing_ = false;
  const auto last = predecessor();
  const bool holds = last != others_.end() && last->second.entry.state == State::kHeld;
  for (auto& [id, other] : others_) {
    const bool named = holds && contains(last->second.entry.ahead, id);
    const bool wanted = is_special(other) || disagrees(other) || named || (last != others_.end() && id == last->first);
    // Silent since the list was read, if unchanged since then: the times of several dead ones run concurrently.
    if (wanted && !other.watched && other.step == Step::kIdle) other.step = Step::kToRead;
    other.watched = wanted;
  }
}

std::optional<LockAction> LockQueue::next_action(const LockMoment& now) {
  for (auto& [id, other] : others_) {
    if (now.monotonic < other.not_before) continue;
    switch (other.step) {
      case Step::kToRead: other.step = Step::kReading; return LockAction{.kind = LockAction::Kind::kRead, .id = id};
      case Step::kToConfirm:
        other.step = Step::kConfirming;
        return LockAction{.kind = LockAction::Kind::kRead, .id = id};
      case Step::kToEvict:
        other.step = Step::kEvicting;
        return LockAction{
            .kind = LockAction::Kind::kWrite, .id = id, .expected = other.sequence, .entry = eviction_of(other)};
      default: break;
    }
  }
  return std::nullopt;
}

LockEntry LockQueue::eviction_of(const Other& other) const {
  LockEntry entry;
  if (other.known) entry = other.entry;
  entry.was_held = other.known && other.entry.state == State::kHeld;
  entry.state = State::kGone;
  entry.slots = slots_;
  entry.lease = lease_of(other);
  if (!entry.was_held) entry.ahead.clear();
  if (other.known && entry.ticket == 0) entry.ticket = other.place.ticket;
  entry.after = other.sequence;
  entry.fence = highest_fence_;
  entry.before = 0;
  entry.by = own_id_;
  return entry;
}

void LockQueue::read(const std::string& id, const StoredEntry& stored, const LockMoment& now) {
  const auto at = others_.find(id);
  if (at == others_.end()) return;
  Other& other = at->second;
  if (other.step != Step::kReading && other.step != Step::kConfirming) return;
  const bool confirming = std::exchange(other.step, Step::kIdle) == Step::kConfirming;
  if (stored.entry) highest_fence_ = std::max(highest_fence_, stored.entry->fence);
  const bool valid = stored.entry.has_value();
  if (valid && stored.entry->state == State::kGone) return note_gone(at, *stored.entry);
  if (stored.sequence == 0 && listing_) return void(others_.erase(at));  // it has aged out
  const bool first = !other.known && other.sequence == 0;
  const bool fresh = valid && (!other.known || stored.entry->beat > std::max(other.entry.beat, other.hinted_beat));
  if (first || fresh) other.alive_at = now.monotonic;
  other.sequence = stored.sequence;
  if (confirming && !fresh) other.step = Step::kToEvict;
  if (std::exchange(other.read_again, false)) other.step = Step::kToRead;
  if (stored.sequence == 0) return note_absent(other);
  other.absent = false;
  if (valid) note_entry(at, stored, now, fresh && !first);
}

// May erase it.
void LockQueue::note_entry(Others::iterator at, const StoredEntry& stored, const LockMoment& now, bool seen_alive) {
  Other& other = at->second;
  const LockEntry& entry = *stored.entry;
  const bool changed = !other.known || entry.state != other.entry.state;
  other.entry = entry;
  other.signer = stored.signer;
  other.silent = was_silent(stored);
  other.place = place_of(entry, stored.sequence, stream_);
  other.known = true;
  longest_lease_ = std::max(longest_lease_, entry.lease);
  saw_restored_ = saw_restored_ || entry.stream != 0;
  const bool ahead = comes_before(other.place, at->first, own_place_, own_id_, stream_);
  other.behind = !ahead;
  if (!ahead && entry.state != State::kHeld) return void(others_.erase(at));
  if (disagrees(other) && (seen_alive || !other.silent)) conflict_ = stored;
  if (changed) other.rereads = 0;
  if (other.rereads > 0) reread_later(other, now);
  if (changed && entry.state == State::kHeld && ahead && !listing_) note_hold(at->first, entry);
}

bool LockQueue::was_silent(const StoredEntry& stored) const {
  if (stored.time == 0) return false;
  return std::chrono::microseconds(listed_at_ - stored.time) > patience(stored.entry->lease);
}

bool LockQueue::may_conflict() const {
  return std::any_of(others_.begin(), others_.end(), [this](const auto& one) { return disagrees(one.second); });
}

// Others that were not watched may have been gone for so long that the stream has forgotten them: reads them all, so
// that their times run concurrently and not one after the other.
void LockQueue::note_absent(Other& other) {
  if (std::exchange(other.absent, true)) return;
  for (auto& [id, one] : others_) {
    if (!one.watched && !one.absent && one.step == Step::kIdle) one.step = Step::kToRead;
  }
}

// Storing lags behind delivery: a hinted message may be stored in a moment, or never.
void LockQueue::reread_later(Other& other, const LockMoment& now) {
  if (other.rereads > kMaxRereads) {
    other.rereads = 0;
    return;
  }
  other.not_before = now.monotonic + std::chrono::milliseconds(1 << other.rereads) / 2;
  ++other.rereads;
  if (other.step == Step::kIdle) other.step = Step::kToRead;
}

// It held when `entry` was written: all before it are gone, except those that it names and those that it may not have
// known.
void LockQueue::note_hold(const std::string& id, const LockEntry& entry) {
  const Other taker = others_.at(id);
  std::erase_if(others_, [&](const auto& one) {
    const auto& [other_id, other] = one;
    return other_id != id && !is_special(other) && is_before(other, other_id, taker, id) &&
           !contains(entry.ahead, other_id);
  });
}

void LockQueue::note_gone(Others::iterator at, const LockEntry& entry) {
  const std::string id = at->first;
  if (entry.was_held && at->second.known && !at->second.behind && !listing_) note_hold(id, entry);
  others_.erase(id);
}

void LockQueue::read_failed(const std::string& id, const LockMoment& now) {
  const auto at = others_.find(id);
  if (at == others_.end()) return;
  Other& other = at->second;
  if (other.step != Step::kReading && other.step != Step::kConfirming) return;
  other.step = Step::kToRead;
  other.not_before = now.monotonic + kOthersRetry;
}

void LockQueue::delivered(const std::string& id, const std::optional<LockEntry>& entry, const LockMoment& now) {
  const auto at = others_.find(id);
  if (at == others_.end() || !at->second.watched) return;
  Other& other = at->second;
  if (entry) longest_lease_ = std::max(longest_lease_, entry->lease);
  // A first write that comes again has another place; it had not been acknowledged, and was overwritten.
  const bool same_place = entry && entry->ticket == other.place.ticket && entry->stream == other.entry.stream;
  if (other.known && same_place && entry->state == other.entry.state && !disagrees(other)) {
    if (entry->beat <= std::max(other.entry.beat, other.hinted_beat)) return;
    other.hinted_beat = entry->beat;
    other.alive_at = now.monotonic;
    other.entry.before = entry->before;
    if (other.step == Step::kToConfirm || other.step == Step::kToEvict) other.step = Step::kIdle;
    if (other.step == Step::kConfirming) other.step = Step::kReading;  // the answer comes behind hints that lagged
    return;
  }
  other.rereads = entry ? 1 : 0;
  other.not_before = {};
  if (under_way(other.step)) {
    other.read_again = true;
  } else {
    other.step = Step::kToRead;
  }
}

void LockQueue::written(const std::string& id, const WriteOutcome& outcome, const LockMoment& now) {
  const auto at = others_.find(id);
  if (at == others_.end() || at->second.step != Step::kEvicting) return;
  if (outcome.kind == WriteOutcome::Kind::kStored) return note_gone(at, eviction_of(at->second));
  at->second.step = Step::kToRead;
  if (outcome.kind != WriteOutcome::Kind::kRefused) at->second.not_before = now.monotonic + kOthersRetry;
}

void LockQueue::link_lost() {
  for (auto& [id, other] : others_) {
    if (under_way(other.step)) other.step = Step::kToRead;
  }
}

void LockQueue::link_opened(const LockMoment& now) {
  for (auto& [id, other] : others_) {
    other.alive_at = now.monotonic;
    other.not_before = {};
    if (other.watched) other.step = Step::kToRead;
  }
}

void LockQueue::tick(const LockMoment& now) {
  if (listing_) return;
  for (auto& [id, other] : others_) {
    if (!other.watched || other.step != Step::kIdle) continue;
    if (now.monotonic - other.alive_at >= patience(lease_of(other))) other.step = Step::kToConfirm;
  }
}

std::optional<MonotonicTime> LockQueue::wake() const {
  std::optional<MonotonicTime> first;
  for (const auto& [id, other] : others_) {
    if (under_way(other.step)) continue;
    if (other.step == Step::kIdle && (!other.watched || listing_)) continue;
    const MonotonicTime at = other.step == Step::kIdle ? other.alive_at + patience(lease_of(other)) : other.not_before;
    if (!first || at < *first) first = at;
  }
  return first;
}

}  // namespace remaphore
