#include "io/job_control.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

namespace remaphore {
namespace {

void change_mask(int how, int signal) {
  sigset_t only;
  sigemptyset(&only);
  sigaddset(&only, signal);
  sigprocmask(how, &only, nullptr);
}

}  // namespace

JobControl::JobControl() : terminal_(open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)) {
  for (int number = STDIN_FILENO; !terminal_ && number <= STDERR_FILENO; ++number) {
    if (tcgetpgrp(number) > 0) terminal_.reset(fcntl(number, F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
  }
}

bool JobControl::lend(pid_t group) {
  if (!terminal_ || tcgetpgrp(terminal_.get()) != getpgrp()) return false;
  change_mask(SIG_BLOCK, SIGTTOU);
  lent_ = tcsetpgrp(terminal_.get(), group) == 0;
  return lent_;
}

bool JobControl::take_back() {
  if (!lent_) return false;
  lent_ = false;
  tcsetpgrp(terminal_.get(), getpgrp());
  return true;
}

bool stop_ourselves(int signal) {
  struct sigaction standard {};
  struct sigaction before {};
  standard.sa_handler = SIG_DFL;
  sigset_t mask;
  sigprocmask(SIG_SETMASK, nullptr, &mask);
  sigaction(signal, &standard, &before);
  change_mask(SIG_UNBLOCK, signal);
  kill(0, signal);  // as the terminal would: to all of our group
  sigset_t pending;
  sigpending(&pending);
  sigaction(signal, &before, nullptr);
  sigprocmask(SIG_SETMASK, &mask, nullptr);
  return sigismember(&pending, SIGCONT) == 1;
}

}  // namespace remaphore
