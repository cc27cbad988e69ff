#include "nats/keep_alive.h"

#include <algorithm>

namespace remaphore::nats {

std::optional<std::uint64_t> KeepAlive::answered() {
  if (expected_.empty()) return std::nullopt;
  const std::uint64_t flush = expected_.front();
  expected_.pop_front();
  return flush;
}

std::size_t KeepAlive::unanswered_probes() const {
  return static_cast<std::size_t>(std::count(expected_.begin(), expected_.end(), kProbe));
}

}  // namespace remaphore::nats
