// Runs a command per message. Takes verified messages only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/trust.h"

namespace remaphore {

using ScriptId = std::uint64_t;

struct ScriptRequest {
  const VerifiedMessage& message;                 // looked at during start() only
  const std::vector<std::string>& command;        // program and first arguments; VERB and PAYLOAD follow
  const std::optional<std::string>& destination;  // what matched, for REMAPHORE_DESTMATCH
  bool capture;                                   // stdout and stderr together, for a reply; else they are ours
  std::size_t capture_limit;                      // bytes kept, the rest is counted
  bool payload_on_stdin;                          // instead of an argument and REMAPHORE_MSG
  std::optional<Duration> timeout;                // then TERM to its process group, two seconds later KILL
};

inline constexpr int kTimedOut = 124;  // as timeout(1) says

struct ScriptOutcome {
  ScriptId id = 0;
  int exit_status = 0;  // 128+N for signal N, kTimedOut if ScriptRequest::timeout ended it
  std::string output;
  std::uint64_t output_dropped = 0;  // bytes beyond capture_limit
};

// Why a command could not be started; exit_status as a shell would say: 126 cannot be run, 127 not found.
struct StartFailure {
  int exit_status;
  std::string reason;
  // kMessage: verb or payload cannot be passed, which says nothing about the command; kSystem: no process, memory or
  // descriptor to be had at the moment, which says nothing about either: try again.
  enum class Fault { kMessage, kCommand, kSystem } fault;
};

class ScriptRunner {
 public:
  virtual ~ScriptRunner() = default;
  virtual Result<ScriptId, StartFailure> start(const ScriptRequest& request) = 0;
  // A command whose leader has exited, in the order of their ends; nullopt: none now.
  virtual std::optional<ScriptOutcome> next_outcome() = 0;
  virtual std::size_t running() const = 0;
  // TERM to the process groups of all that run, KILL two seconds later; their outcomes still come.
  virtual void terminate() = 0;
};

}  // namespace remaphore
