// The options of remaphore: one table that the parser, --help, the completions and the man page's test read.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>

namespace remaphore {

enum class OptionId {
  kSend,
  kRequest,
  kExampleConfig,
  kCheck,
  kPing,
  kConfig,
  kSubject,
  kDestination,
  kAnyDestination,
  kPublicKey,
  kUuid,
  kVerb,
  kOnce,
  kExitStatus,
  kTimeout,
  kRequire,
  kGather,
  kJobs,
  kScriptTimeout,
  kPayloadStdin,
  kState,
  kAudit,
  kReadyFile,
  kReadyFd,
  kStdin,
  kPayloadFile,
  kProgress,
  kJson,
  kQuiet,
  kVerbose,
  kHelp,
  kVersion,
  kCount,
};
inline constexpr std::size_t kOptionCount = static_cast<std::size_t>(OptionId::kCount);

struct Option {
  OptionId id;
  std::string_view short_name;  // "s", or empty
  std::string_view long_name;   // "send"
  std::string_view metavar;     // "FILE"; empty: a boolean
  std::string_view help;        // one line

  bool takes_value() const { return !metavar.empty(); }
  bool takes_duration() const { return metavar == "DUR"; }
  bool takes_number() const { return metavar == "N"; }
};

std::span<const Option> option_table();

// The option called `name` (without its dashes), short or long; nullptr if there is none.
const Option* find_option(std::string_view name);

// What --help prints.
std::string help_text();

}  // namespace remaphore
