// remaphore -r: send one message, or one to each of several nodes, in rounds if asked for, and collect the replies.
#pragma once

#include "app/request_options.h"
#include "core/config.h"
#include "core/exit_status.h"
#include "core/reply_tracker.h"

namespace remaphore {

// kOk: at least one answer; kNothing: none before -t; kFailure. With `require` it ends as soon as that is met (in
// rounds: after the last round): kOk; else kSilent or kCommandFailed. kStopped: it ended before all were asked.
// `tracker` must not be empty; afterwards it tells who was not asked.
ExitStatus request(const RequestOptions& options, const Config& config, ReplyTracker& tracker,
                   const RequestPorts& ports);

}  // namespace remaphore
