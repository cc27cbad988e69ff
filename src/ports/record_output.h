// Standard output: whole records, in order, without ever blocking the loop.
#pragma once

#include <optional>
#include <string>

#include "core/result.h"

namespace remaphore {

class RecordOutput {
 public:
  virtual ~RecordOutput() = default;
  // Takes one whole record and writes what the reader takes now, the rest while waiting.
  virtual void write(std::string record) = 0;
  // Everything taken has been written. A caller that has more than a few records waits for it.
  virtual bool idle() const = 0;
  // Errc::kRuntime once a write has failed: nothing more will be written.
  virtual std::optional<Error> failure() const = 0;
  virtual bool is_terminal() const = 0;
};

}  // namespace remaphore
