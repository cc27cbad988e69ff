// Standard output: whole records, in order, without blocking the loop.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"

namespace remaphore {

class RecordOutput {
 public:
  virtual ~RecordOutput() = default;
  // Takes one whole record. The next flush() writes what the reader accepts, the rest is written while the loop waits.
  virtual void write(std::string record) = 0;
  virtual void flush() {}
  // The reader keeps up. A caller with more than a few records must wait until it does.
  virtual bool may_write() const { return idle(); }
  // Everything taken has been written.
  virtual bool idle() const = 0;
  // Errc::kRuntime once a write has failed or the reader is gone: nothing more will be written.
  virtual std::optional<Error> failure() const = 0;
  virtual bool is_terminal() const = 0;
};

}  // namespace remaphore
