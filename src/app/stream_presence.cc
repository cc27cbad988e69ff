#include "app/stream_presence.h"

#include <utility>

namespace remaphore {

bool StreamPresence::may_read(MonotonicTime now) {
  if (state_ == State::kSettling && now >= at_) state_ = State::kReadable;
  return state_ == State::kReadable;
}

bool StreamPresence::must_ask(MonotonicTime now) {
  if (state_ != State::kToAsk || now < at_) return false;
  state_ = State::kAsked;
  return true;
}

Deadline StreamPresence::wake() const {
  return state_ == State::kToAsk || state_ == State::kSettling ? Deadline(at_) : std::nullopt;
}

void StreamPresence::link_opened(MonotonicTime now) {
  if (!std::exchange(had_link_, true)) return;
  state_ = State::kToAsk;
  at_ = now;
}

void StreamPresence::found(std::int64_t created, MonotonicTime now) {
  const bool is_known = created_ == created;
  created_ = created;
  if (state_ == State::kReadable || state_ == State::kSettling) return;
  state_ = is_known ? State::kReadable : State::kSettling;
  at_ = now + kSettle;
}

void StreamPresence::missing(MonotonicTime now) {
  created_.reset();
  if (std::exchange(state_, State::kToAsk) != State::kToAsk) at_ = now + kAskAgain;
}

void StreamPresence::unanswered(MonotonicTime now) {
  if (state_ != State::kAsked) return;
  state_ = State::kToAsk;
  at_ = now;
}

}  // namespace remaphore
