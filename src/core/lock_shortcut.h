// Learns the state of a lock from its newest entry instead of from all of them: by its ticket and `ahead`, a present or
// former holder shows that all before it are done. So only later entries need reading, and a free lock is taken in
// three round trips however often it was taken before. Part of core/lock_machine.
//
// The newest entry is requested together with our first write. Then follow the entries after that holder's ticket, one
// by one, up to the end: a live entry moves to the end when it is refreshed, so none can be missed in that order. To
// save a round trip, the entry after the newest one is requested at once; servers may answer in any order, and then the
// entries read are complete only if nothing was stored since our first write (kIfUnchanged).
//
// nats-server 2.11 and later store our first write before they look up the newest entry, so that is our own. A holder's
// entry is then looked up at several distances before ours; these answers are reused for the entries after it.
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
  static constexpr std::size_t kMaxEntries = 8;  // after that holder: more are read faster from a list

  enum class State {
    kOff,
    kNewest,          // it is requested
    kReadingEarlier,  // it is ours, stored first: earlier ones are looked up
    kReading,         // once we have a ticket
    kIfUnchanged,     // all were read, if nothing has been stored in the stream since our ticket
    kThrough,         // all were read
    kFailed,          // a list is needed
  };

  void begin(std::string own_id);
  void cancel() { *this = LockShortcut{}; }
  void fail() { state_ = State::kFailed; }
  void link_lost();
  void read_in_order();  // from kIfUnchanged: reads again, one after the other

  State state() const { return state_; }
  bool is_reading() const { return state_ >= State::kNewest && state_ <= State::kReading; }
  // The request to send now, if any. `ticket`: ours; 0: we have none yet.
  std::optional<LockAction> next_action(std::uint64_t ticket);

  // Ours, for which the entries were read; 0: not known yet.
  std::uint64_t ticket() const { return ticket_; }

  // The answers to kNewest, kNext and kInfo. Without an answer: fail().
  void newest(const FoundEntry& newest);
  void next(std::uint64_t from, const FoundEntry& found);
  void aged(const LockList& list);

  // The result in the states kIfUnchanged and kThrough.
  const std::vector<FoundEntry>& found() const { return found_; }  // all but our own
  LockList list() const;  // with those that held together with that holder: they must be read

  template <class Visitor>
  void visit(Visitor&& visitor) const {
    visitor(own_id_, state_, newest_asked_, age_asked_, ticket_, newest_.id, newest_.stored.sequence, base_, cursor_);
    visitor(back_requests_);
    for (const Back& one : back_answers_) visitor(one.from, one.found);
    visitor(ordered_, asking_, own_seen_, newest_seen_, first_asked_, second_asked_, first_, second_, through_);
    if (age_) visitor(age_->stream, age_->age);
    for (const FoundEntry& one : found_) visitor(one);
  }

 private:
  struct Back {
    std::uint64_t from;
    FoundEntry found;
  };

  bool has_newest() const { return !newest_.id.empty(); }
  bool is_newest(const FoundEntry& found) const;
  LockAction ask(std::uint64_t from);
  void begin_at(const FoundEntry& newest);
  std::optional<LockAction> read_earlier();
  void earlier_read(std::uint64_t from, const FoundEntry& found);
  const FoundEntry* holder_before() const;
  std::optional<FoundEntry> first_from(std::uint64_t from) const;
  void compare();
  void take(const FoundEntry& found);
  void end(State how);

  std::string own_id_;
  State state_ = State::kOff;
  bool newest_asked_ = false, age_asked_ = false;
  FoundEntry own_;  // kReadingEarlier
  std::size_t back_requests_ = 0;
  std::vector<Back> back_answers_;
  std::uint64_t ticket_ = 0;
  FoundEntry newest_;       // of a holder; without an id: there was none
  std::uint64_t base_ = 0;  // its ticket: entries up to this sequence belong to those that are done, or that it names
  std::optional<LockList> age_;
  bool first_asked_ = false, second_asked_ = false;
  std::optional<FoundEntry> first_, second_;  // after base_, and after newest_
  bool ordered_ = false;                      // first_ was taken; the others are requested one by one
  bool asking_ = false;
  std::uint64_t cursor_ = 0;  // all up to here were taken
  bool own_seen_ = false, newest_seen_ = false;
  std::vector<FoundEntry> found_;
  std::optional<State> through_;  // its end, except for the answer to kInfo
};

}  // namespace remaphore
