// Stores a listener's replay guard beyond the process, so that a message captured a moment ago cannot be replayed to a
// restarted listener.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/result.h"
#include "core/replay_guard.h"

namespace remaphore {

class GuardJournal {
 public:
  virtual ~GuardJournal() = default;
  // Its location, for messages.
  virtual std::string name() const = 0;
  // The stored records, in order; call once, before the first append().
  virtual std::vector<GuardRecord> take_restored() = 0;
  // How many further records could not be read.
  virtual std::size_t damaged() const = 0;
  // When the last record was written, as far as the journal knows.
  virtual WallTime last_written() const = 0;
  // Call before the message is acted on. Errc::kRuntime: not recorded, not even in part.
  virtual Result<void> append(const GuardRecord& record) = 0;
  // The journal is much longer than `live` records need: call rewrite().
  virtual bool is_long(std::size_t live) const = 0;
  virtual Result<void> rewrite(const std::vector<GuardRecord>& live) = 0;
};

}  // namespace remaphore
