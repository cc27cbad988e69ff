// Puts the signal mask and the disposition of SIGPIPE back as they were: io/signals.h changes them for the whole process,
// once, and a test program has many tests.
#pragma once

#include <signal.h>

namespace remaphore::test {

class SignalSandbox {
 public:
  SignalSandbox() {
    sigprocmask(SIG_SETMASK, nullptr, &mask_);
    sigaction(SIGPIPE, nullptr, &pipe_);
  }
  ~SignalSandbox() {
    sigaction(SIGPIPE, &pipe_, nullptr);
    sigprocmask(SIG_SETMASK, &mask_, nullptr);
  }
  SignalSandbox(const SignalSandbox&) = delete;
  SignalSandbox& operator=(const SignalSandbox&) = delete;

 private:
  sigset_t mask_{};
  struct sigaction pipe_ {};
};

}  // namespace remaphore::test
