#include "cli/session.h"

#include <unistd.h>

namespace remaphore {

ExitStatus fail_with(const Session& session, const Error& error) {
  const ExitStatus status = exit_status_of(error.code);
  session.log.failure(error.message, status);
  session.output.finish();
  return status;
}

void leave(ExitStatus status, const Session& session) {
  session.standard_error.finish();
  if (const auto signal = session.signals.stop_signal()) session.signals.die_of(*signal);
  _exit(static_cast<int>(status));
}

}  // namespace remaphore
