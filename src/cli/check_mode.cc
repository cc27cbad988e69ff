#include "check/check_node.h"
#include "cli/inputs.h"
#include "cli/mode_options.h"
#include "cli/modes.h"

namespace remaphore {

ExitStatus run_check(const CommandLine& line, const Session& session) {
  const auto options = check_options(line);
  if (!options) return fail_with(session, options.error());
  Checklist list(line.is_set(OptionId::kJson) ? Checklist::Format::kJson : Checklist::Format::kText);
  check_node(config_path(line), options->ping, session.signals, list);
  const ExitStatus status = list.all_good() ? ExitStatus::kOk : ExitStatus::kNotReady;
  list.end(status);
  if (list.written()) return status;
  session.log.error(list.written().error().message);
  return ExitStatus::kFailure;
}

}  // namespace remaphore
