// Waiting for a single descriptor, before the event loop runs.
#pragma once

#include "base/deadline.h"
#include "io/signals.h"

namespace remaphore {

// Waits until `fd` has one of poll(2)'s `events`, or an error or hang-up to report. False: the deadline or a stop
// signal came first.
bool await(int fd, short events, Signals& signals, Deadline deadline);

}  // namespace remaphore
