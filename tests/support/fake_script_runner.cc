#include "support/fake_script_runner.h"

#include <algorithm>
#include <utility>

namespace remaphore::test {

Result<ScriptId, StartFailure> FakeScriptRunner::start(const ScriptRequest& request) {
  if (!failures_.empty()) {
    StartFailure failure = std::move(failures_.front());
    failures_.pop_front();
    return Unexpected<StartFailure>(std::move(failure));
  }
  const ScriptId id = started.size() + 1;
  std::vector<std::string> command = request.command;
  command.emplace_back(request.message.verb());
  if (!request.payload_on_stdin) command.emplace_back(request.message.payload());
  started.push_back({id, std::move(command), request.destination, request.capture, request.capture_limit,
                     request.payload_on_stdin, request.timeout});

  ScriptOutcome outcome{id, 0, {}, 0};
  if (request.capture) {
    outcome.output = output.substr(0, request.capture_limit);
    outcome.output_dropped = output.size() - outcome.output.size();
  }
  running_.emplace(id, std::move(outcome));
  most_at_once = std::max(most_at_once, running_.size());
  if (!for_ever) waiter_.after(takes, [this, id, status = exit_status] { end(id, status); });
  return id;
}

void FakeScriptRunner::end(ScriptId id, int status) {
  const auto found = running_.find(id);
  if (found == running_.end()) return;  // terminated before
  found->second.exit_status = status;
  ended_.push_back(std::move(found->second));
  running_.erase(found);
}

std::optional<ScriptOutcome> FakeScriptRunner::next_outcome() {
  if (ended_.empty()) return std::nullopt;
  ScriptOutcome outcome = std::move(ended_.front());
  ended_.pop_front();
  return outcome;
}

void FakeScriptRunner::terminate() {
  ++terminations;
  for (const auto& one : running_) {
    waiter_.after(Duration(1), [this, id = one.first] { end(id, 128 + 15); });
  }
}

}  // namespace remaphore::test
