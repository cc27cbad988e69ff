// The modes that print a text and exit: -C, --help, --version. With --json: one object with the text in it.
#pragma once

#include "cli/command_line.h"
#include "cli/session.h"
#include "core/exit_status.h"

namespace remaphore {

ExitStatus print_example_config(const CommandLine& line, const Session& session);
ExitStatus print_help(const CommandLine& line, const Session& session);
ExitStatus print_version(const CommandLine& line, const Session& session);

}  // namespace remaphore
