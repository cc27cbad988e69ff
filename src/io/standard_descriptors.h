// Descriptors 0 to 2 when the process starts.
#pragma once

#include "base/result.h"

namespace remaphore {

// Occupies those that are closed: otherwise a socket could get one of them, and payloads be printed to the server.
// Those that were closed still fail to read or write afterwards, except that lines for standard error vanish. Needs
// no /dev/null. Call it before anything else is opened. Errc::kRuntime: no descriptor is available.
Result<void> occupy_standard_descriptors();

}  // namespace remaphore
