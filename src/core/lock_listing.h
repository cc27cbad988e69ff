// The list of all entries of a lock: when a contender must ask for it, and whether it can be trusted. Part of
// core/lock_machine.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "core/lock_values.h"

namespace remaphore {

class LockListing {
 public:
  // A new stream may have lost everything: it is not assumed to be empty until former holders have had time to
  // reconnect and write their entries again.
  static constexpr Duration kSettling = std::chrono::seconds(3);

  void want();  // the list must be requested
  void cancel() { wanted_ = under_way_ = false; }
  bool is_done() const { return !wanted_ && !under_way_; }
  bool ask(const LockMoment& now);  // whether to send the request now
  void failed(const LockMoment& now);
  void link_lost();
  void link_opened() { not_before_ = {}; }

  // The answer, kept until use(). False: it was not requested.
  bool answered(const LockList& list);
  // The answer, if there is one and it has our own entry, and thus all entries stored before it; `missed` if it has
  // not: then the list must be asked for again.
  std::optional<LockList> use(const std::string& own_id, const LockMoment& now, bool& missed);

  // Once a young stream has been listed, its age is checked only once, and again after forget_age().
  bool is_settling() const { return settled_at_.has_value(); }
  void forget_age() { settled_ = false; }
  bool settle(const LockMoment& now);  // true: it has just grown old enough

  std::optional<MonotonicTime> settled_at() const { return settled_at_; }
  std::optional<MonotonicTime> wake() const { return wanted_ ? std::optional(not_before_) : std::nullopt; }

  template <class Visitor>
  void visit(Visitor&& visitor) const {
    visitor(wanted_, under_way_, not_before_, settled_, settled_at_);
    if (kept_) visitor(kept_->ids, kept_->stream, kept_->age);
  }

 private:
  bool wanted_ = false, under_way_ = false;
  MonotonicTime not_before_{};
  std::optional<LockList> kept_;
  bool settled_ = false;  // the age need not be looked at again
  std::optional<MonotonicTime> settled_at_;
};

}  // namespace remaphore
