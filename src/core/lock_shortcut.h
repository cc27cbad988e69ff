// What a contender learns from the newest entry of a lock instead of from all of them: whoever holds, or has held, says by
// its ticket and `ahead` that everybody before it is through. So only those who came after it have to be read, and a
// free lock is taken in three round trips however often it was taken before. Part of core/lock_machine.
//
// The newest entry is asked for together with our first write. Then come the entries behind that holder's ticket, one
// after the other, up to the end: an entry that is alive moves to the end when it is refreshed, so none can be missed
// in that order. To save a round trip the question behind the newest entry is asked at once; servers may answer in
// any order, and then what was read is complete only if nothing was stored since our first write (kIfUnchanged).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/lock_values.h"

namespace remaphore {

class LockShortcut {
 public:
  static constexpr std::size_t kMostEntries = 8;  // behind that holder: more are read faster from a list

  enum class State {
    kOff,
    kNewest,       // it is asked for
    kReading,      // once we have a ticket
    kIfUnchanged,  // all were read, if nothing has been stored in the stream since our ticket
    kThrough,      // all were read
    kFailed,       // a list is needed
  };

  void begin(std::string own_id);
  void cancel() { *this = LockShortcut{}; }
  void fail() { state_ = State::kFailed; }
  void link_lost();
  void go_on();  // from kIfUnchanged: reads again, one after the other

  State state() const { return state_; }
  bool is_reading() const { return state_ == State::kNewest || state_ == State::kReading; }
  // What to ask for now, if anything. `ticket`: ours; 0: we have none yet.
  std::optional<LockAction> next_action(std::uint64_t ticket);

  // The answers to kNewest, kNext and kAge. Without an answer: fail().
  void newest(const FoundEntry& newest);
  void next(std::uint64_t from, const FoundEntry& found);
  void aged(const LockList& list);

  // Of kIfUnchanged and kThrough.
  const std::vector<FoundEntry>& found() const { return found_; }  // all but our own
  LockList list() const;  // with those who held together with that holder: they have to be read

  template <class Visitor>
  void visit(Visitor&& visitor) const {
    visitor(own_id_, state_, newest_asked_, age_asked_, ticket_, newest_.id, newest_.stored.sequence, base_, cursor_);
    visitor(ordered_, asking_, own_seen_, newest_seen_, first_asked_, second_asked_, first_, second_, through_);
    if (age_) visitor(age_->stream, age_->age);
    for (const FoundEntry& one : found_) visitor(one);
  }

 private:
  bool has_newest() const { return !newest_.id.empty(); }
  bool is_newest(const FoundEntry& found) const;
  LockAction ask(std::uint64_t from);
  void compare();
  void take(const FoundEntry& found);
  void end(State how);

  std::string own_id_;
  State state_ = State::kOff;
  bool newest_asked_ = false, age_asked_ = false;
  std::uint64_t ticket_ = 0;
  FoundEntry newest_;       // of a holder; without an id: there was none
  std::uint64_t base_ = 0;  // its ticket: entries up to this sequence are of those who are through, or that it names
  std::optional<LockList> age_;
  bool first_asked_ = false, second_asked_ = false;
  std::optional<FoundEntry> first_, second_;  // behind base_, and behind newest_
  bool ordered_ = false;                      // first_ was taken; the others are asked for one after the other
  bool asking_ = false;
  std::uint64_t cursor_ = 0;  // up to here all were taken
  bool own_seen_ = false, newest_seen_ = false;
  std::vector<FoundEntry> found_;
  std::optional<State> through_;  // its end, but for the answer to kAge
};

}  // namespace remaphore
