// The current time.
#pragma once

#include "base/boot_time.h"
#include "base/time.h"

namespace remaphore {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual WallTime now() const = 0;
  virtual MonotonicTime monotonic() const = 0;
  virtual BootTime boot() const = 0;
};

}  // namespace remaphore
