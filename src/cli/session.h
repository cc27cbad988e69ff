// What every run of the program has from the start.
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

// Logs the error and returns its exit status.
ExitStatus fail_with(const Session& session, const Error& error);

// Ends the process, by the signal that asked for it if one did. For a mode with no cleanup left: the kernel reclaims
// memory and sockets faster than destructors do.
[[noreturn]] void leave(ExitStatus status, const Session& session);

}  // namespace remaphore
