// The ways in which a long-running mode tells its supervisors that it is ready: --ready-file, --ready-fd, sd_notify.
#pragma once

#include <memory>
#include <vector>

#include "base/result.h"
#include "cli/command_line.h"
#include "io/event_loop.h"
#include "io/readiness.h"
#include "io/service_notifier.h"
#include "ports/log.h"

namespace remaphore {

struct Supervision {
  std::unique_ptr<Readiness> readiness;
  std::unique_ptr<ServiceNotifier> notifier;

  void add_to(EventLoop& loop) const {
    if (notifier) loop.add(*notifier);
  }
  std::vector<ServiceStatus*> listeners() const;
};

// Before the config is read, so that an earlier run's ready file is not taken for ours. Errc::kUsage.
Result<Supervision> supervise(const CommandLine& line, Log& log);

}  // namespace remaphore
