#include "io/signals.h"

#include <sys/signalfd.h>
#include <unistd.h>

namespace remaphore {
namespace {

constexpr std::size_t kMaxUntaken = 16;

}  // namespace

Signals::Signals() {
  sigemptyset(&watched_);
  sigemptyset(&changed_);
  for (const int signal : kStopSignals) {
    struct sigaction action {};
    sigaction(signal, nullptr, &action);
    if (action.sa_handler != SIG_IGN) sigaddset(&watched_, signal);
  }
  sigprocmask(SIG_BLOCK, &watched_, &original_mask_);
  fd_ = signalfd(-1, &watched_, SFD_CLOEXEC | SFD_NONBLOCK);
  if (fd_ < 0) sigprocmask(SIG_SETMASK, &original_mask_, nullptr);  // then they simply end us

  ::signal(SIGCHLD, SIG_DFL);
  // write(2) reports these as errors.
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
    const int signal = static_cast<int>(info.ssi_signo);
    if (signal == SIGWINCH) {
      resized_ = true;
    } else if (signal == SIGCONT) {
      resumed_ = true;
    } else if (signal == SIGCHLD) {
      child_ended_ = true;
    } else {
      if (!stop_signal_) stop_signal_ = signal;
      if (untaken_.size() < kMaxUntaken) untaken_.push_back(signal);
    }
  }
}

std::optional<int> Signals::take_stop_signal() {
  if (untaken_.empty()) return std::nullopt;
  const int signal = untaken_.front();
  untaken_.pop_front();
  return signal;
}

void Signals::watch_terminal() { watch({SIGWINCH, SIGCONT}); }

void Signals::watch_user_signals() { watch({SIGUSR1, SIGUSR2}); }

void Signals::watch_children() { watch({SIGCHLD}); }

void Signals::watch(std::initializer_list<int> signals) {
  if (fd_ < 0) return;
  for (const int signal : signals) sigaddset(&watched_, signal);
  sigprocmask(SIG_BLOCK, &watched_, nullptr);
  signalfd(fd_, &watched_, 0);
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
