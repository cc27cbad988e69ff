#include "fleet/held_signals.h"

#include "io/signals.h"

namespace remaphore::fleet {

HeldSignals::HeldSignals() {
  sigemptyset(&held_);
  for (const int signal : kStopSignals) {
    struct sigaction action {};
    sigaction(signal, nullptr, &action);
    if (action.sa_handler != SIG_IGN) sigaddset(&held_, signal);  // as nohup left it
  }
  sigprocmask(SIG_BLOCK, &held_, &before_);
  struct sigaction ignore {};
  ignore.sa_handler = SIG_IGN;
  sigaction(SIGXFSZ, &ignore, &file_too_large_);
}

HeldSignals::~HeldSignals() {
  sigaction(SIGXFSZ, &file_too_large_, nullptr);
  sigprocmask(SIG_SETMASK, &before_, nullptr);
}

bool HeldSignals::waiting() const {
  sigset_t pending;
  sigemptyset(&pending);
  sigpending(&pending);
  for (const int signal : kStopSignals) {
    if (sigismember(&held_, signal) == 1 && sigismember(&pending, signal) == 1) return true;
  }
  return false;
}

}  // namespace remaphore::fleet
