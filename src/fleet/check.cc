#include "check/check_node.h"
#include "fleet/commands.h"

namespace remaphore::fleet {

Result<ExitStatus> run_check(const Options& options) {
  CheckOptions wanted{.config = options.place,
                      .user = std::nullopt,
                      .scope = options.ping ? CheckScope::kNodeAndPeers : CheckScope::kNode,
                      .format = options.format};
  if (!options.user.empty()) wanted.user = options.user;
  Signals signals;
  Result<ExitStatus> status = check_node(wanted, signals);
  if (const std::optional<int> signal = signals.stop_signal()) signals.die_of(*signal);
  return status;
}

}  // namespace remaphore::fleet
