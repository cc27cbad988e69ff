#include "cli/check_mode.h"

#include "check/check_node.h"
#include "cli/inputs.h"

namespace remaphore {

ExitStatus run_check(const CommandLine& line, const Session& session) {
  const CheckOptions options{.config = config_path(line),
                             .user = line.text("user"),
                             .scope = line.is_set("ping") ? CheckScope::kNodeAndPeers : CheckScope::kNode,
                             .format = line.is_set("json") ? OutputFormat::kJson : OutputFormat::kText};
  const Result<ExitStatus> status = check_node(options, session.signals);
  return status ? *status : fail_with(session, status.error());
}

}  // namespace remaphore
