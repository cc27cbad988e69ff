// remaphore --locks: who holds and who waits.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "core/config.h"
#include "core/lock_entry.h"
#include "ports/bus_ports.h"

namespace remaphore {

struct LockRow {
  std::string name, id;
  std::uint64_t ticket = 0;
  std::uint64_t sequence = 0;  // of the entry
  LockEntry entry;             // kWait or kHeld
  std::string signer;          // the verified one's destination
  WallTime seen;               // when the stream got it, by the server's clock
};

struct LockSurvey {
  std::vector<LockRow> rows;     // by name; for each the holders, then the waiters, each in order
  std::uint64_t unverified = 0;  // entries that do not verify
};

// The entries of one lock, or of all if `name` is empty, read within `timeout` (zero: no limit). Errc::kConnection,
// with the remedy if there is one.
Result<LockSurvey> survey_locks(const std::string& name, const Config& config, const BusPorts& ports, Duration timeout);

}  // namespace remaphore
