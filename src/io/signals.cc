#include "io/signals.h"

#include <sys/signalfd.h>
#include <unistd.h>

namespace remaphore {

Signals::Signals() {
  sigset_t stops;
  sigemptyset(&stops);
  sigemptyset(&changed_);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) {
    struct sigaction action {};
    sigaction(signal, nullptr, &action);
    if (action.sa_handler != SIG_IGN) sigaddset(&stops, signal);
  }
  sigprocmask(SIG_BLOCK, &stops, &original_mask_);
  fd_ = signalfd(-1, &stops, SFD_CLOEXEC | SFD_NONBLOCK);
  if (fd_ < 0) sigprocmask(SIG_SETMASK, &original_mask_, nullptr);  // then they simply end us

  // A write that fails says so itself.
  for (const int signal : {SIGPIPE, SIGXFSZ}) {
    struct sigaction ignore {};
    struct sigaction before {};
    ignore.sa_handler = SIG_IGN;
    sigaction(signal, &ignore, &before);
    if (before.sa_handler != SIG_IGN) sigaddset(&changed_, signal);
  }
}

Signals::~Signals() {
  if (fd_ >= 0) close(fd_);
}

void Signals::read() {
  signalfd_siginfo info{};
  while (::read(fd_, &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
    if (!stop_signal_) stop_signal_ = static_cast<int>(info.ssi_signo);
  }
}

void Signals::die_of(int signal) {
  ::signal(signal, SIG_DFL);
  raise(signal);
  sigset_t only;
  sigemptyset(&only);
  sigaddset(&only, signal);
  sigprocmask(SIG_UNBLOCK, &only, nullptr);
  _exit(128 + signal);
}

}  // namespace remaphore
