// CommandRunner that runs nothing: it records what it was asked to run, and ends commands when the test says so.
#pragma once

#include <deque>
#include <map>
#include <string>
#include <vector>

#include "ports/command_runner.h"
#include "support/fake_clock.h"

namespace remaphore::test {

class FakeCommandRunner : public CommandRunner {
 public:
  explicit FakeCommandRunner(FakePoller& poller) : poller_(poller) {}

  struct Started {
    CommandId id;
    std::vector<std::string> command;  // verb and payload included
    std::optional<std::string> destination;
    bool capture;
    std::size_t capture_limit;
    bool payload_on_stdin;
    std::optional<Duration> timeout;
  };
  std::vector<Started> started;
  std::size_t terminations = 0;
  std::size_t most_at_once = 0;

  // The behaviour of every command started from now on.
  Duration takes{};
  int exit_status = 0;
  std::string output;
  bool for_ever = false;  // ends when terminated only

  // The next start fails like this.
  void fail_next(StartFailure failure) { failures_.push_back(std::move(failure)); }

  Result<CommandId, StartFailure> start(const Command& command, const RunOptions& options) override;
  std::optional<CommandOutcome> next_outcome() override;
  std::size_t running() const override { return running_.size() + ended_.size(); }
  void terminate(Duration grace) override;

 private:
  void end(CommandId id, int status);

  FakePoller& poller_;
  std::deque<StartFailure> failures_;
  std::map<CommandId, CommandOutcome> running_;
  std::deque<CommandOutcome> ended_;
};

}  // namespace remaphore::test
