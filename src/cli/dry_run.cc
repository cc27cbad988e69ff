#include "cli/dry_run.h"

#include <utility>

#include "base/json_text.h"
#include "base/text.h"

namespace remaphore {

ExitStatus print_targets(const std::vector<std::string>& names, const CommandLine& line, const Session& session) {
  std::string text;
  for (const std::string& name : names) {
    if (line.is_set("json")) {
      text += JsonObject().text("type", "target").text("destination", name).line();
    } else {
      text += (session.output.is_terminal() ? escape_control(name) : name) + '\n';
    }
  }
  session.output.write(std::move(text));
  session.output.finish();
  if (const auto failure = session.output.failure()) {
    session.log.error(failure->message);
    return ExitStatus::kFailure;
  }
  return ExitStatus::kOk;
}

}  // namespace remaphore
