// A payload from standard input or a file.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "io/signals.h"

namespace remaphore {

// The whole of `path`, or of standard input if it is empty; at most kMaxPayload bytes. Errc::kUsage: the file cannot be
// read or is too large; Errc::kRuntime: it did not end before `deadline`, or a stop signal came.
Result<std::string> read_payload(const std::string& path, Signals& signals, std::optional<MonotonicTime> deadline);

}  // namespace remaphore
