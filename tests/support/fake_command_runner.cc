#include "support/fake_command_runner.h"

#include <algorithm>
#include <utility>

namespace remaphore::test {

namespace {

std::optional<std::string> variable(const Command& command, const std::string& name) {
  const std::string start = std::string(kVariablePrefix) + name + "=";
  for (const std::string& one : command.environment()) {
    if (one.starts_with(start)) return one.substr(start.size());
  }
  return std::nullopt;
}

}  // namespace

Result<CommandId, StartFailure> FakeCommandRunner::start(const Command& command, const RunOptions& options) {
  if (!failures_.empty()) {
    StartFailure failure = std::move(failures_.front());
    failures_.pop_front();
    return Unexpected<StartFailure>(std::move(failure));
  }
  const CommandId id = started.size() + 1;
  started.push_back({id, command.arguments(), variable(command, "DESTMATCH"), options.capture.has_value(),
                     options.capture.value_or(0), command.input().has_value(), options.timeout});

  CommandOutcome outcome{id, 0, {}, 0};
  if (options.capture) {
    outcome.output = output.substr(0, *options.capture);
    outcome.output_dropped = output.size() - outcome.output.size();
  }
  running_.emplace(id, std::move(outcome));
  most_at_once = std::max(most_at_once, running_.size());
  if (!for_ever) poller_.after(takes, [this, id, status = exit_status] { end(id, status); });
  return id;
}

void FakeCommandRunner::end(CommandId id, int status) {
  const auto found = running_.find(id);
  if (found == running_.end()) return;  // terminated before
  found->second.exit_status = status;
  ended_.push_back(std::move(found->second));
  running_.erase(found);
}

std::optional<CommandOutcome> FakeCommandRunner::next_outcome() {
  if (ended_.empty()) return std::nullopt;
  CommandOutcome outcome = std::move(ended_.front());
  ended_.pop_front();
  return outcome;
}

void FakeCommandRunner::terminate(Duration grace) {
  ++terminations;
  for (const auto& one : running_) {
    poller_.after(grace + Duration(1), [this, id = one.first] { end(id, 128 + 15); });
  }
}

}  // namespace remaphore::test
