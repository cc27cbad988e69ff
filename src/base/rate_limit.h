// A token bucket: limits how many lines per second an outsider can make us write.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>

#include "base/time.h"

namespace remaphore {

class RateLimit {
 public:
  // Allows `burst` at once, then `per_second`; both are positive.
  RateLimit(std::uint32_t burst, std::uint32_t per_second)
      : burst_(burst), interval_(std::chrono::nanoseconds(std::chrono::seconds(1)) / per_second), tokens_(burst) {}

  // Whether one more may pass now. If not, it is counted.
  bool allow(MonotonicTime now) {
    if (now >= refilled_ + interval_) {
      const auto earned = (now - refilled_) / interval_;
      tokens_ =
          static_cast<std::uint32_t>(std::min<std::int64_t>(burst_, tokens_ + std::min<std::int64_t>(earned, burst_)));
      refilled_ = now;
    }
    if (tokens_ > 0) return --tokens_, true;
    ++suppressed_;
    return false;
  }

  // How many were rejected since the last call.
  std::uint64_t take_suppressed() { return std::exchange(suppressed_, 0); }

 private:
  std::uint32_t burst_;
  Duration interval_;
  std::uint32_t tokens_;
  MonotonicTime refilled_{};
  std::uint64_t suppressed_ = 0;
};

}  // namespace remaphore
