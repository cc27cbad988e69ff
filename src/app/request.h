// remaphore -r: send one message and collect the replies.
#pragma once

#include "app/publication.h"
#include "core/exit_status.h"
#include "core/roster.h"
#include "ports/progress.h"
#include "ports/record_output.h"
#include "ports/waiter.h"

namespace remaphore {

// What the ports of a request are; they outlive the call.
struct RequestPorts {
  Bus& bus;
  const Clock& clock;
  Waiter& waiter;
  RecordOutput& output;
  Log& log;
  Progress* progress = nullptr;  // nullptr: nobody watches
};

// kOk: at least one answer; kNothing: none before -t; kFailure. `roster` has somebody to ask.
ExitStatus request(const SendOptions& options, const Config& config, Roster& roster, const RequestPorts& ports);

}  // namespace remaphore
