#include "io/orphans.h"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace remaphore {
namespace {

constexpr int kAtOnce = 256;

bool may_exist() {
  int subreaper = 0;
  if (getpid() == 1 || (prctl(PR_GET_CHILD_SUBREAPER, &subreaper) == 0 && subreaper != 0)) return true;
  siginfo_t info{};
  return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

}  // namespace

Orphans::Orphans(Signals& signals) : adopts_(may_exist()), look_(adopts_) {
  if (adopts_) signals.watch_children();
}

void Orphans::reap(const std::function<bool(pid_t)>& is_ours) {
  for (int n = 0; look_ && n < kAtOnce; ++n) {
    siginfo_t info{};
    if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == 0) {
      look_ = false;
      return;
    }
    // Ours hide the others until they are reaped: a pidfd is ready for the next turn.
    if (is_ours(info.si_pid)) return;
    waitid(P_PID, static_cast<id_t>(info.si_pid), nullptr, WEXITED | WNOHANG);
  }
}

}  // namespace remaphore
