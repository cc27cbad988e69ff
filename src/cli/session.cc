#include "cli/session.h"

#include <unistd.h>

namespace remaphore {

ExitStatus fail_with(const Session& session, const Error& error) {
  const bool ours = error.code == Errc::kUsage || error.code == Errc::kConfig;
  const ExitStatus status = ours ? ExitStatus::kUsage : ExitStatus::kFailure;
  session.log.failure(error.message, status);
  session.output.finish();
  return status;
}

void leave(ExitStatus status, Signals& signals) {
  if (const auto signal = signals.stop_signal()) signals.die_of(*signal);
  _exit(static_cast<int>(status));
}

}  // namespace remaphore
