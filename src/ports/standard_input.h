// Standard input as a sign that the process which started us is alive: its content is dropped, its end counts.
#pragma once

namespace remaphore {

class StandardInput {
 public:
  virtual ~StandardInput() = default;
  virtual bool at_end() const = 0;
};

}  // namespace remaphore
