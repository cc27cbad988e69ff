#include "cli/session.h"

namespace remaphore {

ExitStatus fail_with(const Session& session, const Error& error) {
  const bool ours = error.code == Errc::kUsage || error.code == Errc::kConfig;
  const ExitStatus status = ours ? ExitStatus::kUsage : ExitStatus::kFailure;
  session.log.failure(error.message, status);
  session.output.finish();
  return status;
}

}  // namespace remaphore
