// The command line of remaphore-fleet: two tables that main, the parser, --help and the completions read.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/enum_set.h"
#include "base/output_format.h"
#include "base/result.h"
#include "core/exit_status.h"
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
  std::string place;                  // DIR, or the CONFIG of check and apply
  std::vector<std::string> operands;  // the others: NODE ..., DESTINATION ..., apply's verb
  std::vector<std::string> servers;   // URL ...
  std::vector<std::string> listen_addresses;
  std::string server_number;  // N of hub; empty: not given
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

enum class FirstOperand {
  kPlace,  // Options::place, which the command needs
  kAny,    // like those after it
};

struct CommandRow {
  std::string_view name;
  Command command;
  FirstOperand first;
  std::size_t least, most;  // of Options::operands
  std::string_view usage;   // the words after the name
  std::string_view help;
  Result<ExitStatus> (*run)(const Options& options);  // fleet/commands.h
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
