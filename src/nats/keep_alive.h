// PING and PONG on one link: which PONG answers what, when to ask whether the server is still there, and when it is
// not. Pure: times come from the caller.
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
  static constexpr Duration kSilence = std::chrono::seconds(3);  // before a PING of our own
  static constexpr std::size_t kMaxUnanswered = 2;               // of them; then the link is lost
  static constexpr std::uint64_t kProbe = 0;                     // what a PING of our own asks for

  // A PING was written: a probe, or the flush of that number. `said`: how many bytes had been written with it.
  void asked(std::uint64_t flush, std::uint64_t said) { expected_.push_back({flush, said}); }
  // A PONG came: what it answers; nothing if nobody asked. `sent`: how many bytes have left. A PING that is still here
  // cannot have been answered: whoever says so wants us to forget what waits before it.
  std::optional<std::uint64_t> answered(std::uint64_t sent);
  bool flushing() const { return unanswered_probes() < expected_.size(); }

  // The server was silent, but takes in what we wrote: as good as a sign of life.
  void progressed(MonotonicTime now) { progressed_at_ = now; }
  // When the silence since the last byte has lasted so long that a probe is due or, if exhausted(), the link is lost.
  MonotonicTime due(MonotonicTime heard_at) const {
    return std::max(heard_at, progressed_at_) + kSilence * (1 + static_cast<int>(unanswered_probes()));
  }
  bool exhausted() const { return unanswered_probes() >= kMaxUnanswered; }

 private:
  std::size_t unanswered_probes() const;

  struct Ping {
    std::uint64_t flush, said;
  };
  std::deque<Ping> expected_;  // whose PONGs are to come, in order
  MonotonicTime progressed_at_ = MonotonicTime::min();
};

}  // namespace remaphore::nats
