#include "check/check_node.h"
#include "core/exit_status.h"
#include "fleet/commands.h"
#include "io/user.h"

namespace remaphore::fleet {

Result<int> run_check(const Options& options) {
  if (!options.user.empty()) {
    if (Result<void> become = become_user(options.user); !become) return Unexpected(become.error());
  }
  Signals signals;
  Checklist list(options.format);
  check_node(options.place, options.ping ? CheckScope::kNodeAndPeers : CheckScope::kNode, signals, list);
  if (const std::optional<int> signal = signals.stop_signal()) signals.die_of(*signal);
  const ExitStatus status = list.all_good() ? ExitStatus::kOk : ExitStatus::kNotReady;
  list.end(status);
  if (!list.written()) return Unexpected(list.written().error());
  return status == ExitStatus::kOk ? kDone : kCheckFailed;
}

}  // namespace remaphore::fleet
