// How much memory this process may use.
#pragma once

#include <cstddef>

namespace remaphore {

// Bytes: the least of the machine's memory, the limits of the process (ulimit -v, -d) and those of its control groups
// (version 2). SIZE_MAX: unknown.
std::size_t memory_limit();

}  // namespace remaphore
