#include "io/command_start.h"

#include <errno.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>

#include "base/text.h"
#include "io/program_file.h"

namespace remaphore {
namespace {

void append(const std::vector<std::string>& strings, Words& words) {
  for (const std::string& one : strings) words.push_back(const_cast<char*>(one.c_str()));
}

template <class Replaced>
Words environment(const Command& command, Replaced is_replaced) {
  Words words;
  for (char** one = environ; *one != nullptr; ++one) {
    if (!is_replaced(std::string_view(*one))) words.push_back(*one);
  }
  append(command.environment(), words);
  words.push_back(nullptr);
  return words;
}

// "NAME=" of "NAME=value".
std::string_view name_of(std::string_view variable) { return variable.substr(0, variable.find('=') + 1); }

}  // namespace

Words arguments_of(const Command& command) {
  Words words;
  append(command.arguments(), words);
  words.push_back(nullptr);
  return words;
}

Words environment_of(const Command& command) {
  return environment(command, [](std::string_view inherited) { return inherited.starts_with(kVariablePrefix); });
}

Words environment_beside(const Command& command) {
  return environment(command, [&command](std::string_view inherited) {
    const auto sets = [inherited](const std::string& own) { return inherited.starts_with(name_of(own)); };
    return std::any_of(command.environment().begin(), command.environment().end(), sets);
  });
}

StartFailure start_failure(const Command& command, const SpawnFailure& failure) {
  using Fault = StartFailure::Fault;
  const std::string name = quote(command.program()), why = std::strerror(failure.number);
  if (failure.started) return {126, fmt::format("{} cannot be watched: {}", name, why), Fault::kProgram};
  switch (failure.number) {
    case E2BIG:
      return {126,
              fmt::format("{} too large for the kernel's argument limits",
                          command.origin() == Command::Origin::kMessage ? "the payload is" : "the arguments are"),
              Fault::kArguments};
    case EAGAIN:
    case ENOMEM:
    case EMFILE:
    case ENFILE: return {126, fmt::format("{} cannot be started now: {}", name, why), Fault::kSystem};
    default: break;
  }
  if (const auto fault = program_file_fault(command.program(), failure.number)) {
    return {126, fmt::format("{} cannot be run: {}", name, *fault), Fault::kProgram};
  }
  if (failure.number == ENOENT) return {127, fmt::format("{} is not found", name), Fault::kProgram};
  return {126, fmt::format("{} cannot be run: {}", name, why), Fault::kProgram};
}

}  // namespace remaphore
