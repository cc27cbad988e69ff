// What the program does, one function and one file for each mode. Each says itself what went wrong.
#pragma once

#include "cli/command_line.h"
#include "cli/session.h"
#include "core/exit_status.h"

namespace remaphore {

ExitStatus run_sender(const CommandLine& line, const Session& session);     // -s
ExitStatus run_requester(const CommandLine& line, const Session& session);  // -r
ExitStatus run_listener(const CommandLine& line, const Session& session);   // neither
ExitStatus run_check(const CommandLine& line, const Session& session);      // --check

}  // namespace remaphore
