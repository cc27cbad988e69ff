// Runs commands, several at a time, and reports how they ended.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "base/time.h"
#include "core/command.h"

namespace remaphore {

using CommandId = std::uint64_t;

struct RunOptions {
  std::optional<std::size_t> capture = {};  // keeps this many bytes of stdout and stderr, counts the rest; unset: ours
  std::optional<Duration> timeout = {};     // after it TERM to the process group, two seconds later KILL
};

struct CommandOutcome {
  CommandId id = 0;
  int exit_status = 0;  // 128+N for signal N, ExitStatus::kTimedOut if RunOptions::timeout ended it
  std::string output;
  std::uint64_t output_dropped = 0;  // bytes beyond RunOptions::capture
};

class CommandRunner {
 public:
  virtual ~CommandRunner() = default;
  // Keeps no reference to `command`.
  virtual Result<CommandId, StartFailure> start(const Command& command, const RunOptions& options) = 0;
  // A command whose leader has exited, in the order of exit; nullopt: none now.
  virtual std::optional<CommandOutcome> next_outcome() = 0;
  virtual std::size_t running() const = 0;
  // TERM to the process groups of all that still run after `grace`, KILL two seconds later; their outcomes follow.
  virtual void terminate(Duration grace) = 0;
};

}  // namespace remaphore
