// What every run has from its start.
#pragma once

#include "core/exit_status.h"
#include "core/result.h"
#include "io/signals.h"
#include "io/stdout_writer.h"
#include "ports/log.h"

namespace remaphore {

struct Session {
  Signals& signals;
  Log& log;
  StdoutWriter& output;
};

// Says what is wrong and which exit status that is: kUsage for what the user wrote, else kFailure.
ExitStatus fail_with(const Session& session, const Error& error);

}  // namespace remaphore
