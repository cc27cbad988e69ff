// Our terminal and the process groups on it: lends it to a command's group, as a shell does.
//
// From the first loan on SIGTTOU is blocked in this process: we take the terminal back, and write to it, from the
// background.
#pragma once

#include <sys/types.h>

#include "io/descriptor.h"

namespace remaphore {

class JobControl {
 public:
  JobControl();  // finds our controlling terminal, if we have one

  bool has_terminal() const { return static_cast<bool>(terminal_); }
  bool is_lent() const { return lent_; }
  // Makes `group` the foreground group if our own group is that now. Returns whether it did.
  bool lend(pid_t group);
  // Makes our own group the foreground group again if the terminal was lent. Returns whether it was.
  bool take_back();

 private:
  Descriptor terminal_;
  bool lent_ = false;
};

// Stops our own process group as `signal` (TSTP, TTIN or TTOU) from the terminal would have. Returns when we have been
// continued; returns false at once if no shell could continue us.
bool stop_ourselves(int signal);

}  // namespace remaphore
