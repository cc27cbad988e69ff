// The config while we run: what of it may change without a restart.
#pragma once

#include <optional>

#include "core/peers.h"

namespace remaphore {

class ConfigUpdates {
 public:
  virtual ~ConfigUpdates() = default;
  // The peers of a config that was read since the last call and is without errors; nullopt: they are what they were.
  virtual std::optional<Peers> take_peers() = 0;
};

}  // namespace remaphore
