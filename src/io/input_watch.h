// StandardInput over descriptor 0: a pipe, a socket or a terminal, which others can close. Anything else, such as the
// /dev/null of services and of background jobs, is not a sign of life and is not read. Nor is a terminal while we run
// in the background.
#pragma once

#include "io/event_loop.h"
#include "ports/standard_input.h"

namespace remaphore {

class InputWatch : public StandardInput, public EventSource {
 public:
  explicit InputWatch(Signals& signals);
  bool at_end() const override { return at_end_; }

  void prepare(PollSet& set) override;
  void dispatch(const PollSet& set) override;

 private:
  const bool says_something_;
  bool at_end_ = false;
};

}  // namespace remaphore
