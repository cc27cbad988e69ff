// PING and PONG on one link: which PONG answers which PING, when to probe whether the server is alive, and when it is
// considered dead. Pure: times come from the caller.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

#include "base/time.h"

namespace remaphore::nats {

class KeepAlive {
 public:
  static constexpr Duration kSilence = std::chrono::seconds(3);  // so long, then we send a PING
  static constexpr std::size_t kMaxUnanswered = 2;               // unanswered PINGs; then the link is lost
  static constexpr std::uint64_t kProbe = 0;                     // the number of a PING of our own

  // A PING was written: a probe, or flush number `flush`. `appended`: how many bytes had been written including it.
  void asked(std::uint64_t flush, std::uint64_t appended) { expected_.push_back({flush, appended}); }
  // A PONG came: returns what it answers; nullopt if it was not asked for. `sent`: how many bytes have left. A PING
  // that has not left cannot have been answered: such a PONG tries to make us forget the unsent data before it.
  std::optional<std::uint64_t> answered(std::uint64_t sent);
  bool flushing() const { return unanswered_probes() < expected_.size(); }

  // The server was silent, but takes the bytes that we write: counts as a sign of life.
  void progressed(MonotonicTime now) { progressed_at_ = now; }
  // When the link has been silent for so long that a probe is due or, if exhausted(), that it is lost.
  MonotonicTime due(MonotonicTime heard_at) const {
    return std::max(heard_at, progressed_at_) + kSilence * (1 + static_cast<int>(unanswered_probes()));
  }
  bool exhausted() const { return unanswered_probes() >= kMaxUnanswered; }

 private:
  std::size_t unanswered_probes() const;

  struct Ping {
    std::uint64_t flush, appended;
  };
  std::deque<Ping> expected_;  // whose PONGs are outstanding, in order
  MonotonicTime progressed_at_ = MonotonicTime::min();
};

}  // namespace remaphore::nats
