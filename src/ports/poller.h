// The only place where the program waits.
#pragma once

#include <optional>

#include "base/time.h"

namespace remaphore {

class Poller {
 public:
  virtual ~Poller() = default;
  // Returns when a port (bus, scripts, output) may have something new, a stop signal came, or `deadline` has passed
  // (nullopt: none; a time in the past: look and return at once). May return early.
  virtual void wait(std::optional<MonotonicTime> deadline) = 0;
  // The signal (SIGTERM, SIGINT, SIGHUP or SIGQUIT) that asked this process to end, once one has.
  virtual std::optional<int> stop_signal() const = 0;
};

}  // namespace remaphore
