// What a listener tells whoever supervises it: a script that waits for it to be ready, a service manager.
#pragma once

#include <cstdint>
#include <string>

namespace remaphore {

struct ServiceState {
  enum class Phase {
    kConnecting,  // not subscribed yet
    kSubscribed,  // whatever is sent now arrives
    kCutOff,      // was subscribed, and is no more
    kStopping,    // the last phase
  };
  Phase phase = Phase::kConnecting;
  std::string trouble;        // why there is no subscription, if that is known; safe to show
  std::uint64_t handled = 0;  // messages printed or given to a command, and those that could not be given to one
  std::uint64_t refused = 0;  // messages that were not accepted; not those for somebody else
};

class ServiceStatus {
 public:
  virtual ~ServiceStatus() = default;
  // After every change, counts once in each turn of the loop. Must not block.
  virtual void update(const ServiceState& state) = 0;
};

}  // namespace remaphore
