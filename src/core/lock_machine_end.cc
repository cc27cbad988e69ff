// The end of a contender: it releases what it has, or its entry is no longer its own, or others hold as well.
#include <utility>

#include "base/text.h"
#include "core/lock_machine.h"

namespace remaphore {

using Kind = LockEvent::Kind;
using End = LockEvent::End;

std::string LockMachine::named(const StoredEntry& stored) {
  const std::string& who = stored.signer.empty() && stored.entry ? stored.entry->who : stored.signer;
  return who.empty() ? std::string("somebody") : escape_control(who);
}

void LockMachine::release(const LockMoment& now) {
  if (phase_ == Phase::kOver || phase_ == Phase::kReleasing) return;
  others_.clear();
  shortcut_.cancel();
  if (phase_ == Phase::kIdle || !own_.ever_sent() || own_.has_ended()) return end();
  phase_ = Phase::kReleasing;
  listing_.cancel();
  own_.leave();
  release_by_ = now.monotonic + kReleaseTime;
}

void LockMachine::leave(End how, std::string text, const LockMoment& now) {
  end_ = how;
  end_text_ = std::move(text);
  release(now);
}

void LockMachine::end() {
  phase_ = Phase::kOver;
  events_.push_back({.kind = Kind::kOver, .end = end_, .text = end_text_});
}

void LockMachine::evicted(const LockMoment& now) {
  const StoredEntry& by = own_.ended_by();
  const bool broken = by.entry && by.entry->broken;
  const bool late = own_.is_late(now);
  const std::string text = named(by) + (broken ? " broke it" : " has evicted us");
  if (broken || phase_ == Phase::kHeld) end_ = broken ? End::kBroken : End::kLost;
  if (phase_ == Phase::kHeld) return lose(now.boot, Duration(0), text);
  if (phase_ == Phase::kEnding) return;
  if (phase_ == Phase::kReleasing) return end();
  if (!broken && late) return requeue();
  if (!broken) end_ = End::kEvictedAlive;
  end_text_ = text;
  end();
}

void LockMachine::vanished(const LockMoment& now) {
  if (phase_ == Phase::kHeld) return lose(now.boot, Duration(0), "our entry is gone");
  if (phase_ == Phase::kReleasing) return end();
  if (phase_ != Phase::kEnding) requeue();
}

void LockMachine::recheck_holders() {
  --rechecks_left_;
  others_.clear();
  listing_.want();
}

void LockMachine::judge_holders(const LockMoment& now) {
  if (!know_all() || !others_.complete()) return;
  std::size_t holding = 0;
  StoredEntry one;
  for (const auto& [id, other] : others_.others()) {
    if (!other.known || other.entry.state != LockEntry::State::kHeld || other.silent) continue;
    ++holding;
    one = {other.sequence, other.entry, other.signer};
  }
  others_.clear();
  if (holding < terms_.slots) return;
  rechecks_left_ = 0;
  lose(now.boot, Duration(0), "its entry was lost, and " + named(one) + " holds it now");
}

void LockMachine::requeue() {
  others_.clear();
  phase_ = Phase::kIdle;
  listing_.cancel();
  shortcut_.cancel();
  requeue_ = true;
}

void LockMachine::lose(BootTime kill_by, Duration out_of_touch, std::string why) {
  if (end_ != End::kBroken) end_ = End::kLost;
  end_text_ = why;
  phase_ = Phase::kEnding;
  events_.push_back({.kind = Kind::kEndCommand,
                     .kill_by = kill_by,
                     .out_of_touch = out_of_touch,
                     .end = end_,
                     .text = std::move(why)});
}

}  // namespace remaphore
