// Standard output: whole records, in order, without ever blocking the loop.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"

namespace remaphore {

class RecordOutput {
 public:
  virtual ~RecordOutput() = default;
  // Takes one whole record, to be written at flush() at the latest as far as the reader takes it now, the rest while
  // waiting.
  virtual void write(std::string record) = 0;
  virtual void flush() {}
  // The reader keeps up. A caller that has more than a few records waits for it.
  virtual bool may_write() const { return idle(); }
  // Everything taken has been written.
  virtual bool idle() const = 0;
  // Errc::kRuntime once a write has failed: nothing more will be written.
  virtual std::optional<Error> failure() const = 0;
  virtual bool is_terminal() const = 0;
};

}  // namespace remaphore
