// Delays signals until the current change is finished or undone.
#pragma once

#include <signal.h>

namespace remaphore::fleet {

// While it exists, the signals that ask us to end (io/signals.h) wait, and exceeding the file size limit (SIGXFSZ) is
// an error of write(2). Its destructor delivers them. Never wait for people or peers in its scope.
class HeldSignals {
 public:
  HeldSignals();
  ~HeldSignals();
  HeldSignals(const HeldSignals&) = delete;
  HeldSignals& operator=(const HeldSignals&) = delete;

  bool waiting() const;  // a signal has arrived that is not ignored

 private:
  sigset_t held_{}, before_{};
  struct sigaction file_too_large_ {};
};

}  // namespace remaphore::fleet
