// When a client that waits for a stream may read its messages.
//
// nats-server 2.9 crashes if it is asked for a message of a stream that it is just creating: for a few milliseconds the
// stream exists and has no store. A client that keeps polling for a lost stream will eventually hit that moment. So
// after a lost link, or an answer that there is no such stream, it asks for the stream's INFO, which is safe, and reads
// nothing until the stream is known to be the old one or has existed for a while.
#pragma once

#include <cstdint>
#include <optional>

#include "base/deadline.h"

namespace remaphore {

class StreamReadGate {
 public:
  static constexpr Duration kAskAgain = std::chrono::milliseconds(200);
  static constexpr Duration kSettle = std::chrono::milliseconds(200);  // what a server needs for a new store, and more

  bool may_read(MonotonicTime now);
  // True once for each INFO to ask for.
  bool must_ask(MonotonicTime now);
  Deadline wake() const;  // when must_ask() or may_read() may change

  void link_opened(MonotonicTime now);
  // An INFO has come: when the stream was created, in any unit.
  void found(std::int64_t created, MonotonicTime now);
  void missing(MonotonicTime now);     // there is no such stream
  void unanswered(MonotonicTime now);  // the INFO that was asked for

 private:
  enum class State { kReadable, kToAsk, kAsked, kSettling };
  State state_ = State::kReadable;
  MonotonicTime at_{};  // when to ask, or when it has settled
  bool had_link_ = false;
  std::optional<std::int64_t> created_;  // of the stream that we know
};

}  // namespace remaphore
