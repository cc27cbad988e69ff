#include "io/await.h"

#include <poll.h>

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace remaphore {

bool await(int fd, short events, Signals& signals, Deadline deadline) {
  while (!signals.stop_signal()) {
    int timeout = -1;
    if (deadline) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(*deadline - std::chrono::steady_clock::now());
      if (left.count() <= 0) return false;
      timeout = static_cast<int>(std::min<std::int64_t>(left.count(), 1'000'000));
    }
    pollfd both[] = {{fd, events, 0}, {signals.fd(), POLLIN, 0}};
    poll(both, 2, timeout);
    if (both[1].revents != 0) signals.read();
    if (both[0].revents != 0) return !signals.stop_signal();
  }
  return false;
}

}  // namespace remaphore
