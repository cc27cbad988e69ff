// Config changes that take effect without a restart.
#pragma once

#include <optional>

#include "core/peers.h"

namespace remaphore {

class ConfigUpdates {
 public:
  virtual ~ConfigUpdates() = default;
  // The peers of an error-free config that was read since the last call; nullopt: no change.
  virtual std::optional<Peers> take_peers() = 0;
};

}  // namespace remaphore
