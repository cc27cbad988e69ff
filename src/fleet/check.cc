#include "check/check_node.h"
#include "fleet/commands.h"

namespace remaphore::fleet {

Result<int> run_check(const Options& options) {
  CheckOptions wanted{.config = options.place,
                      .user = std::nullopt,
                      .scope = options.ping ? CheckScope::kNodeAndPeers : CheckScope::kNode,
                      .format = options.format};
  if (!options.user.empty()) wanted.user = options.user;
  Signals signals;
  const Result<ExitStatus> status = check_node(wanted, signals);
  if (const std::optional<int> signal = signals.stop_signal()) signals.die_of(*signal);
  if (!status) return Unexpected(status.error());
  return *status == ExitStatus::kOk ? kDone : kCheckFailed;
}

}  // namespace remaphore::fleet
