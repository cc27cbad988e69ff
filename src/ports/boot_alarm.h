// Wakes the poller at a boot time, or as soon as the machine wakes up after it.
#pragma once

#include <optional>

#include "base/boot_time.h"

namespace remaphore {

class BootAlarm {
 public:
  virtual ~BootAlarm() = default;
  virtual void set(std::optional<BootTime> time) = 0;  // replaces the last one; nullopt: none
};

}  // namespace remaphore
