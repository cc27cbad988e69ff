// Standard input as a sign of life of whoever started us: what comes is dropped, its end counts.
#pragma once

namespace remaphore {

class StandardInput {
 public:
  virtual ~StandardInput() = default;
  virtual bool at_end() const = 0;
};

}  // namespace remaphore
