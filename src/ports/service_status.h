// Reports a listener's state to its supervisor: a script that waits until it is ready, or a service manager.
#pragma once

#include <cstdint>
#include <string>

namespace remaphore {

struct ServiceState {
  enum class Phase {
    kConnecting,  // not subscribed yet
    kSubscribed,  // everything sent from now on arrives
    kCutOff,      // was subscribed, and is no longer
    kStopping,    // the last phase
  };
  Phase phase = Phase::kConnecting;
  std::string trouble;        // why there is no subscription, if known; safe to show
  std::uint64_t handled = 0;  // messages printed or handed to a command, even if it could not start
  std::uint64_t refused = 0;  // messages that were not accepted, except those for other nodes
  bool counts = true;         // false: there is nothing to count, as of a server
};

class ServiceStatus {
 public:
  virtual ~ServiceStatus() = default;
  // Called after every change; for counts, once in each turn of the loop. Must not block.
  virtual void update(const ServiceState& state) = 0;
};

}  // namespace remaphore
