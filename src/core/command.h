// A program to run, with its arguments, environment and input. It can be made in two ways only: command_for() takes a
// verified message, local_command() the words that the user of this process typed. The types ensure that no other data
// from outside can become part of a command.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/goal.h"
#include "core/trust.h"

namespace remaphore {

// Prefix of every variable that we set for a command. Inherited variables with this prefix are not passed on.
inline constexpr std::string_view kVariablePrefix = "REMAPHORE_";

// Why a command could not be started. exit_status follows the shell: 126 cannot be run, 127 not found.
struct StartFailure {
  int exit_status;
  std::string reason;
  // kArguments: an argument or variable cannot be passed, which says nothing about the program. kSystem: no process,
  // memory or descriptor is available at the moment, which says nothing about either; try again.
  enum class Fault { kArguments, kProgram, kSystem } fault;
};

// Where a command finds the payload.
enum class PayloadAs { kArgument, kStandardInput };

class Command {
 public:
  enum class Origin { kMessage, kLocal };

  const std::string& program() const { return arguments_.front(); }             // looked up in PATH
  const std::vector<std::string>& arguments() const { return arguments_; }      // begins with the program; no NUL
  const std::vector<std::string>& environment() const { return environment_; }  // NAME=value, added to the inherited
  const std::optional<std::string>& input() const { return input_; }            // standard input; if unset, /dev/null
  Origin origin() const { return origin_; }

 private:
  friend Result<Command, StartFailure> command_for(const VerifiedMessage& message,
                                                   const std::vector<std::string>& words,
                                                   const std::optional<std::string>& destination, PayloadAs payload,
                                                   const std::optional<ArrivalCount>& arrivals);
  friend Command local_command(std::vector<std::string> words, std::vector<std::string> environment);
  Command(Origin origin, std::vector<std::string> words) : origin_(origin), arguments_(std::move(words)) {}

  void set(std::string_view name, std::string_view value);

  Origin origin_;
  std::vector<std::string> arguments_;
  std::vector<std::string> environment_;
  std::optional<std::string> input_;
};

// `words` followed by VERB and PAYLOAD, with the message in REMAPHORE_* variables; `destination`: our destination that
// the message matched. kStandardInput: the payload goes there instead of into the argument and REMAPHORE_MSG.
// `arrivals`: of a barrier, the sender included. Fails with kArguments if verb or payload cannot be passed.
Result<Command, StartFailure> command_for(const VerifiedMessage& message, const std::vector<std::string>& words,
                                          const std::optional<std::string>& destination, PayloadAs payload,
                                          const std::optional<ArrivalCount>& arrivals = {});

// `words` as the user of this process typed them, program first, with these NAME=value; never made from anything
// received over the bus.
Command local_command(std::vector<std::string> words, std::vector<std::string> environment = {});

}  // namespace remaphore
