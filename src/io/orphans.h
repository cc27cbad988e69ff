// Children that we did not start, and reap: orphans that we adopt as process 1 or as a subreaper, and those of the
// program that this process ran before it became remaphore.
#pragma once

#include <sys/types.h>

#include <functional>

#include "io/signals.h"

namespace remaphore {

class Orphans {
 public:
  explicit Orphans(Signals& signals);  // watches children if there may be any
  bool adopts() const { return adopts_; }
  void look() { look_ = adopts_; }     // a child has ended
  bool left() const { return look_; }  // call reap() again
  // Reaps some of those that have ended. `is_ours`: to be left to the part that started it.
  void reap(const std::function<bool(pid_t)>& is_ours);

 private:
  const bool adopts_;
  bool look_;
};

}  // namespace remaphore
