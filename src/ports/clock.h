// The current time.
#pragma once

#include "base/time.h"

namespace remaphore {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual WallTime now() const = 0;
  virtual MonotonicTime monotonic() const = 0;
};

}  // namespace remaphore
