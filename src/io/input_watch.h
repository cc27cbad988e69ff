// StandardInput over descriptor 0. A terminal that is not ours to read from, since we run in the background, is left
// alone.
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
  bool at_end_ = false;
};

}  // namespace remaphore
