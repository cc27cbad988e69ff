// Descriptors 0 to 2 when the process starts.
#pragma once

#include "base/result.h"

namespace remaphore {

// Occupies those that are closed, so that none of them is given to a socket, and payloads are printed to the server.
// What was closed cannot be read or written afterwards either, except that lines for standard error vanish. Needs no
// /dev/null. Before anything else is opened. Errc::kRuntime: there is no descriptor to be had.
Result<void> occupy_standard_descriptors();

}  // namespace remaphore
