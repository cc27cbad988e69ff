#include "cli/check_mode.h"

#include "check/check_node.h"
#include "cli/inputs.h"
#include "io/user.h"

namespace remaphore {

ExitStatus run_check(const CommandLine& line, const Session& session) {
  if (const auto& user = line.text("user")) {
    if (auto become = become_user(*user); !become) return fail_with(session, become.error());
  }
  Checklist list(line.is_set("json") ? OutputFormat::kJson : OutputFormat::kText);
  check_node(config_path(line), line.is_set("ping") ? CheckScope::kNodeAndPeers : CheckScope::kNode, session.signals,
             list);
  const ExitStatus status = list.all_good() ? ExitStatus::kOk : ExitStatus::kNotReady;
  list.end(status);
  if (list.written()) return status;
  session.log.error(list.written().error().message);
  return ExitStatus::kFailure;
}

}  // namespace remaphore
