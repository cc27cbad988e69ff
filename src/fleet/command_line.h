// The command line of remaphore-fleet.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace remaphore::fleet {

enum class Command { kHelp, kVersion, kInit, kAdd, kRevoke, kCheck, kKeygen, kHub, kDemo };

struct Options {
  Command command = Command::kHelp;
  std::string folder;              // DIR, or check's CONFIG
  std::vector<std::string> nodes;  // NODE ..., DESTINATION ...
  std::vector<std::string> servers;
  std::string listen;
  std::string subject = "remaphore";
  std::string prefix;
  std::string public_key;
  bool mixed = false;
  bool ping = false;
};

// Without the program's name. Errc::kUsage, naming the word.
Result<Options> parse_command_line(std::span<const std::string_view> words);

std::string_view help();

}  // namespace remaphore::fleet
