// Restores the signal mask and dispositions: io/signals.h changes them for the whole process, once, and a test program
// has many tests.
#pragma once

#include <signal.h>

namespace remaphore::test {

class SignalSandbox {
 public:
  SignalSandbox() {
    sigprocmask(SIG_SETMASK, nullptr, &mask_);
    for (int signal = 1; signal < kSignals; ++signal) sigaction(signal, nullptr, &actions_[signal]);
  }
  ~SignalSandbox() {
    for (int signal = 1; signal < kSignals; ++signal) sigaction(signal, &actions_[signal], nullptr);
    sigprocmask(SIG_SETMASK, &mask_, nullptr);
  }
  SignalSandbox(const SignalSandbox&) = delete;
  SignalSandbox& operator=(const SignalSandbox&) = delete;

 private:
  static constexpr int kSignals = 32;  // those with names
  sigset_t mask_{};
  struct sigaction actions_[kSignals] = {};
};

}  // namespace remaphore::test
