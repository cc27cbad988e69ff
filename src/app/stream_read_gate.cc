#include "app/stream_read_gate.h"

#include <utility>

namespace remaphore {

bool StreamReadGate::may_read(MonotonicTime now) {
  if (state_ == State::kSettling && now >= at_) state_ = State::kReadable;
  return state_ == State::kReadable;
}

bool StreamReadGate::must_ask(MonotonicTime now) {
  if (state_ != State::kToAsk || now < at_) return false;
  state_ = State::kAsked;
  return true;
}

Deadline StreamReadGate::wake() const {
  return state_ == State::kToAsk || state_ == State::kSettling ? Deadline(at_) : std::nullopt;
}

void StreamReadGate::link_opened(MonotonicTime now) {
  if (!std::exchange(had_link_, true)) return;
  state_ = State::kToAsk;
  at_ = now;
}

void StreamReadGate::found(std::int64_t created, MonotonicTime now) {
  const bool is_known = created_ == created;
  created_ = created;
  if (state_ == State::kReadable || state_ == State::kSettling) return;
  state_ = is_known ? State::kReadable : State::kSettling;
  at_ = now + kSettle;
}

void StreamReadGate::missing(MonotonicTime now) {
  created_.reset();
  if (std::exchange(state_, State::kToAsk) != State::kToAsk) at_ = now + kAskAgain;
}

void StreamReadGate::unanswered(MonotonicTime now) {
  if (state_ != State::kAsked) return;
  state_ = State::kToAsk;
  at_ = now;
}

}  // namespace remaphore
