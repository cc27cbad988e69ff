#include "core/command.h"

#include <fmt/format.h>

#include <chrono>

namespace remaphore {
namespace {

constexpr int kCannotBeRun = 126;

// Empty if the message can be passed.
std::string_view unpassable(const VerifiedMessage& message, PayloadAs payload) {
  if (message.verb().starts_with('-')) return "the verb starts with - and would look like an option";
  if (message.verb().find('\0') != std::string_view::npos) return "the verb contains a NUL";
  if (payload == PayloadAs::kArgument && message.payload().find('\0') != std::string_view::npos) {
    return "the payload contains a NUL";
  }
  return {};
}

}  // namespace

void Command::set(std::string_view name, std::string_view value) {
  environment_.push_back(fmt::format("{}{}={}", kVariablePrefix, name, value));
}

Result<Command, StartFailure> command_for(const VerifiedMessage& message, const std::vector<std::string>& words,
                                          const std::optional<std::string>& destination, PayloadAs payload,
                                          const std::optional<ArrivalCount>& arrivals) {
  if (const std::string_view reason = unpassable(message, payload); !reason.empty()) {
    return Unexpected<StartFailure>({kCannotBeRun, std::string(reason), StartFailure::Fault::kArguments});
  }
  Command command(Command::Origin::kMessage, words);
  const auto seconds = std::chrono::floor<std::chrono::seconds>(message.time()).time_since_epoch().count();
  command.set("SENDER", message.sender().public_key);
  command.set("PEER", message.sender().destination);
  command.set("VERB", message.verb());
  command.set("TIME", std::to_string(seconds));
  command.set("UUID", message.uuid_hex());
  command.arguments_.emplace_back(message.verb());
  if (payload == PayloadAs::kStandardInput) {
    command.input_.emplace(message.payload());
  } else {
    command.set("MSG", message.payload());
    command.arguments_.emplace_back(message.payload());
  }
  if (destination) command.set("DESTMATCH", *destination);
  if (arrivals) {
    command.set("ARRIVED", std::to_string(arrivals->arrived));
    command.set("EXPECTED", std::to_string(arrivals->expected));
  }
  return command;
}

Command local_command(std::vector<std::string> words, std::vector<std::string> environment) {
  Command command(Command::Origin::kLocal, std::move(words));
  command.environment_ = std::move(environment);
  return command;
}

}  // namespace remaphore
