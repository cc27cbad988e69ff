// A payload from standard input or a file.
#pragma once

#include <string>

#include "base/deadline.h"
#include "base/result.h"
#include "io/signals.h"

namespace remaphore {

// The whole of `path`, or of standard input if it is empty; at most kMaxPayload bytes. Errc::kUsage: the file cannot be
// read or is too large; Errc::kRuntime: it did not end before `deadline`, or a stop signal came.
Result<std::string> read_payload(const std::string& path, Signals& signals, Deadline deadline);

}  // namespace remaphore
