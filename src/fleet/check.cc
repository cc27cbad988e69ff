#include "check/check_node.h"
#include "fleet/commands.h"

namespace remaphore::fleet {

Result<int> run_check(const Options& options) {
  Signals signals;
  Checklist list;
  check_node(options.folder, options.ping, signals, list);
  if (const std::optional<int> signal = signals.stop_signal()) signals.die_of(*signal);
  if (!list.written()) return Unexpected(list.written().error());
  return list.all_good() ? kDone : kCheckFailed;
}

}  // namespace remaphore::fleet
