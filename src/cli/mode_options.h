// Command line and config -> what each mode is to do, checked.
#pragma once

#include "app/listen.h"
#include "app/request.h"
#include "app/send.h"
#include "base/result.h"
#include "cli/command_line.h"
#include "core/config.h"

namespace remaphore {

// For -s. Errc::kUsage. The identity in it points into `config`.
Result<SendOptions> send_options(const CommandLine& line, const Config& config);

// For -r; likewise.
Result<RequestOptions> request_options(const CommandLine& line, const Config& config);

// --progress: show on a terminal who has answered. Errc::kUsage.
Result<bool> shows_progress(const CommandLine& line);

struct CheckOptions {
  bool ping;
};

// For --check. Errc::kUsage if anything else is asked for too.
Result<CheckOptions> check_options(const CommandLine& line);

// For receiving. Errc::kUsage.
Result<ListenOptions> listen_options(const CommandLine& line, const Config& config);

}  // namespace remaphore
