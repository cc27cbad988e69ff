// The command line of remaphore-fleet: two tables that the parser, --help and the completions read.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/enum_set.h"
#include "base/output_format.h"
#include "base/result.h"
#include "core/value_kind.h"

namespace remaphore::fleet {

enum class Command {
  kHelp,
  kVersion,
  kInit,
  kAdd,
  kRevoke,
  kSet,
  kGroups,
  kRotate,
  kRenewTls,
  kPublish,
  kApply,
  kCheck,
  kKeygen,
  kHub,
  kProvision,
  kServers,
  kDemo
};

struct Options {
  Command command = Command::kHelp;
  std::string folder;              // DIR, or check's CONFIG
  std::vector<std::string> nodes;  // NODE ..., DESTINATION ...
  std::vector<std::string> servers;
  std::vector<std::string> listeners;
  std::string subject = "remaphore";
  std::string prefix;
  std::string public_key;
  std::string fleet_name;
  std::string remove;            // a group
  std::string user;              // USER or USER:GROUP
  std::string timeout;           // -t
  std::string keep, keep_bytes;  // empty: not given
  std::vector<std::string> keep_subjects;
  bool mixed = false;
  bool ping = false;
  bool print = false;
  bool force = false;
  bool tls = false;
  OutputFormat format = OutputFormat::kText;
};

// `words`: without the program's name. Errc::kUsage, naming the word.
Result<Options> parse_command_line(std::span<const std::string_view> words);

struct CommandRow {
  std::string_view name;
  Command command;
  bool takes_folder;        // the first operand
  std::size_t least, most;  // of the operands after it
  std::string_view operands;
  std::string_view help;
};

using CommandSet = EnumSet<Command>;

struct FlagRow {
  std::string_view short_name;  // "t", or empty
  std::string_view long_name;   // "timeout"
  ValueKind kind;
  std::string_view metavar;  // empty: takes no value
  CommandSet commands;       // that have it; kHelp among them: also without a command
  void (*set)(Options& options, std::string_view value);
  std::string_view help;
};

std::span<const CommandRow> command_table();
std::span<const FlagRow> flag_table();

// What --help prints.
std::string help();

}  // namespace remaphore::fleet
