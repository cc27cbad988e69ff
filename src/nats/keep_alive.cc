#include "nats/keep_alive.h"

#include <algorithm>

namespace remaphore::nats {

std::optional<std::uint64_t> KeepAlive::answered(std::uint64_t sent) {
  if (expected_.empty() || expected_.front().appended > sent) return std::nullopt;
  const std::uint64_t flush = expected_.front().flush;
  expected_.pop_front();
  return flush;
}

std::size_t KeepAlive::unanswered_probes() const {
  return static_cast<std::size_t>(
      std::count_if(expected_.begin(), expected_.end(), [](const Ping& ping) { return ping.flush == kProbe; }));
}

}  // namespace remaphore::nats
