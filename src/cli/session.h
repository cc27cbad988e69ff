// What every run has from its start.
#pragma once

#include "base/result.h"
#include "base/time.h"
#include "core/exit_status.h"
#include "io/signals.h"
#include "io/stderr_log.h"
#include "io/stdout_writer.h"
#include "ports/log.h"

namespace remaphore {

struct Session {
  Signals& signals;
  Log& log;
  StdoutWriter& output;
  StderrLog& standard_error;  // below `log`
  MonotonicTime start;        // of the process: -t counts from here
};

// Says what is wrong and which exit status that is: kUsage for what the user wrote, else kFailure.
ExitStatus fail_with(const Session& session, const Error& error);

// Ends the process, by the signal that asked for it if one did. From within a mode that has nothing left to put in
// order: the kernel takes back memory and sockets faster than destructors do.
[[noreturn]] void leave(ExitStatus status, const Session& session);

}  // namespace remaphore
