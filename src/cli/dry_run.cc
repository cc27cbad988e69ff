#include "cli/dry_run.h"

#include <fmt/format.h>

#include <utility>

#include "base/json_text.h"
#include "base/text.h"

namespace remaphore {

ExitStatus print_targets(const std::vector<std::string>& names, const CommandLine& line, const Session& session,
                         const Rounds* rounds) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::size_t round = rounds == nullptr ? 0 : rounds->round_of(i) + 1;
    if (line.is_set("json")) {
      JsonObject json;
      json.text("type", "target").text("destination", names[i]);
      if (round > 0) json.count("round", round);
      text += json.line();
      continue;
    }
    text += session.output.is_terminal() ? escape_control(names[i]) : names[i];
    text += round > 0 ? fmt::format("\tround {}\n", round) : "\n";
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
