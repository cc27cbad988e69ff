// The output of background processes left by commands that have answered: read and dropped, so that writing neither
// kills nor blocks them.
//
// Each costs a descriptor until its last writer has exited. At most kMax, or a quarter of our descriptor limit if that
// is less: beyond that, the pipe drained longest is closed, and its writers get SIGPIPE.
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

  // Adds a non-blocking read end. False: another one was closed for it.
  bool add(Descriptor pipe);
  std::size_t size() const { return pipes_.size(); }

  void prepare(PollSet& set) const;
  void dispatch(const PollSet& set);

 private:
  static std::size_t allowed();

  const std::size_t most_;
  std::deque<Descriptor> pipes_;  // the newest at the end
};

}  // namespace remaphore
