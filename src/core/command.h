// A program to run, with all that it is given. Two makers and no third: command_for() takes a message, if it was
// verified, and local_command() what the user of this process typed. So nothing else from outside reaches a command, by
// type.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/trust.h"

namespace remaphore {

// Every variable that we set for a command begins so; those that we inherited under such names are not passed on.
inline constexpr std::string_view kVariablePrefix = "REMAPHORE_";

// Why a command could not be started; exit_status as a shell would say: 126 cannot be run, 127 not found.
struct StartFailure {
  int exit_status;
  std::string reason;
  // kArguments: what it was to be given cannot be passed, which says nothing about the program; kSystem: no process,
  // memory or descriptor to be had at the moment, which says nothing about either: try again.
  enum class Fault { kArguments, kProgram, kSystem } fault;
};

// Where a command finds the payload.
enum class PayloadAs { kArgument, kStandardInput };

class Command {
 public:
  enum class Origin { kMessage, kLocal };

  const std::string& program() const { return arguments_.front(); }             // looked for in PATH
  const std::vector<std::string>& arguments() const { return arguments_; }      // the program is the first; no NUL
  const std::vector<std::string>& environment() const { return environment_; }  // NAME=value, beside what we inherited
  const std::optional<std::string>& input() const { return input_; }            // its standard input; else /dev/null
  Origin origin() const { return origin_; }

 private:
  friend Result<Command, StartFailure> command_for(const VerifiedMessage& message,
                                                   const std::vector<std::string>& words,
                                                   const std::optional<std::string>& destination, PayloadAs payload);
  friend Command local_command(std::vector<std::string> words);
  Command(Origin origin, std::vector<std::string> words) : origin_(origin), arguments_(std::move(words)) {}

  void set(std::string_view name, std::string_view value);

  Origin origin_;
  std::vector<std::string> arguments_;
  std::vector<std::string> environment_;
  std::optional<std::string> input_;
};

// `words` with VERB and PAYLOAD behind them, and the message in REMAPHORE_* variables; `destination`: what matched.
// kStandardInput: the payload is there instead of in the argument and in REMAPHORE_MSG. Fails, with kArguments, if verb
// or payload cannot be passed.
Result<Command, StartFailure> command_for(const VerifiedMessage& message, const std::vector<std::string>& words,
                                          const std::optional<std::string>& destination, PayloadAs payload);

// `words` as the user of this process typed them, program first; never made of what came over the bus.
Command local_command(std::vector<std::string> words);

}  // namespace remaphore
