// The modes of remaphore: one table that the program, --help and the completions read. A new mode is a row here, its
// selector in cli/option_table.h, and a file of its own: NAME_mode.h with its options and its run function.
#pragma once

#include <span>
#include <string_view>

#include "cli/command_line.h"
#include "cli/mode.h"
#include "cli/option_table.h"
#include "cli/session.h"
#include "core/exit_status.h"

namespace remaphore {

// What the operands are.
enum class Operands { kNone, kOptionalName, kIgnored, kMessage, kCommand };

// Which selectors and options of other modes are tolerated beside this one.
enum class Overrules { kNothing, kGoFlags, kEverything };

struct ModeRow {
  Mode mode;
  const Option* selector;   // nullptr: the mode without one
  std::string_view called;  // in messages: "-s", "receiving"
  Operands operands;
  Overrules overrules;       // other selectors that it tolerates
  std::string_view usage;    // behind "remaphore "; empty: --help has no line for it
  std::string_view summary;  // behind that
  ExitStatus (*run)(const CommandLine& line, const Session& session);  // reports its own errors
};

std::span<const ModeRow> mode_table();

}  // namespace remaphore
