// What was begun is finished or undone before a signal ends the process.
#pragma once

#include <signal.h>

namespace remaphore::fleet {

// While it exists the signals that ask us to end (io/signals.h) wait, and a file that grew too large (SIGXFSZ) is an error of write(2).
// Its end lets them through. Nothing that may wait for people or peers belongs into its time.
class HeldSignals {
 public:
  HeldSignals();
  ~HeldSignals();
  HeldSignals(const HeldSignals&) = delete;
  HeldSignals& operator=(const HeldSignals&) = delete;

  bool waiting() const;  // one of them has come, and is not ignored

 private:
  sigset_t held_{}, before_{};
  struct sigaction file_too_large_ {};
};

}  // namespace remaphore::fleet
