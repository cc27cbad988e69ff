// Command line and config -> the one message of -s and -r, and what all modes on the bus parse in the same way.
#pragma once

#include <string>
#include <vector>

#include "app/publisher.h"
#include "base/result.h"
#include "cli/command_line.h"
#include "core/config.h"
#include "core/message.h"
#include "ports/log.h"

namespace remaphore {

// Of -s and -r, except --stdin and --payload-file. Errc::kUsage. The identity in it points into `config`.
Result<SendOptions> message_options(const CommandLine& line, const Config& config);

// Warns of likely typing errors: an option in the middle of the message, a verb that almost no peer accepts.
// verb that almost nobody takes.
void warn_of_typos(const CommandLine& line, const Message& message, Log& log);

// -S: the whole subject. Errc::kUsage.
Result<std::string> broadcast_subject(const CommandLine& line, const Config& config);

// -p; empty if it is not given. Errc::kUsage.
Result<std::string> public_key(const CommandLine& line);

// -v: its verbs, without surrounding blanks; empty if it is not given. Errc::kUsage.
Result<std::vector<std::string>> verbs_of(const CommandLine& line);

}  // namespace remaphore
