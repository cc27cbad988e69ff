// The output of what answered commands left running in the background: read and dropped, so that a write does not kill
// or block it.
//
// Each costs a descriptor until its last writer has gone. At most kMax, or a quarter of the descriptors that this process
// may have if that is less: beyond, the pipe that has been drained longest is closed, and its writers get SIGPIPE.
#pragma once

#include <cstddef>
#include <deque>

#include "io/descriptor.h"
#include "io/event_loop.h"

namespace remaphore {

class DrainedPipes {
 public:
  static constexpr std::size_t kMax = 256;

  explicit DrainedPipes(std::size_t most = allowed()) : most_(most) {}

  // A read end, which does not block. False: another one was closed for it.
  bool add(Descriptor pipe);
  std::size_t size() const { return pipes_.size(); }

  void prepare(PollSet& set) const;
  void dispatch(const PollSet& set);

 private:
  static std::size_t allowed();

  const std::size_t most_;
  std::deque<Descriptor> pipes_;  // the one that came last at the end
};

}  // namespace remaphore
