// remaphore --break: evicts a holder or waiter. Nobody confirms an eviction. But an owner that does not know the signer
// ignores it as invalid and writes its own entry again: so it is given the time to do so.
#pragma once

#include "app/lock_survey.h"
#include "base/result.h"
#include "base/time.h"
#include "core/config.h"

namespace remaphore {

// How long its owner gets: two seconds for a holder, which hears of it at once; for a waiter also a third of its lease,
// when it refreshes its entry.
Duration time_to_react(const LockRow& row);

// Evicts the owner of this row, signed by `identity`, within `timeout` (zero: no limit), which should be longer than
// time_to_react(). Errc::kRuntime: it is already gone, waited and holds now, or did not accept it; kConnection: as
// survey_locks(), or it is not known whether the eviction was stored or accepted.
Result<void> break_lock(LockRow row, const Identity& identity, const Config& config, const BusPorts& ports,
                        Duration timeout);

}  // namespace remaphore
