// Command line and config -> the one message of -s and -r.
#pragma once

#include "app/publisher.h"
#include "base/result.h"
#include "cli/command_line.h"
#include "core/config.h"
#include "core/message.h"
#include "ports/log.h"

namespace remaphore {

// The options of `mode`, -s or -r, except --stdin and --payload-file. Errc::kUsage. The identity in it points into
// `config`.
Result<SendOptions> message_options(const CommandLine& line, Mode mode, const Config& config);

// Warns of likely typing errors: an option in the middle of the message, a verb that almost no peer accepts.
void warn_of_typos(const CommandLine& line, const Message& message, Log& log);

}  // namespace remaphore
