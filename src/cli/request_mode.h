// -r: send one message and print the answers.
#pragma once

#include "app/request.h"
#include "base/result.h"
#include "cli/command_line.h"
#include "cli/session.h"
#include "core/config.h"
#include "core/exit_status.h"

namespace remaphore {

// Errc::kUsage. The identity in it points into `config`.
Result<RequestOptions> request_options(const CommandLine& line, const Config& config);

ExitStatus run_requester(const CommandLine& line, const Session& session);

}  // namespace remaphore
