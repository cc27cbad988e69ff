// The exit statuses of both programs: the contract of a shell tool, remaphore(1) and remaphore-fleet(1) "Exit status".
#pragma once

#include "base/result.h"

namespace remaphore {

// Any other value is the status of a command, or one that the user chose.
enum class ExitStatus : int {
  kOk = 0,             // sent; or at least one message received, one answer
  kNothing = 1,        // no message, no answer before -t
  kNotReady = 1,       // --check: something is wrong
  kIncomplete = 1,     // remaphore-fleet: done, except for some files or nodes
  kUsage = 2,          // command line or config
  kFailure = 3,        // connection or runtime
  kSilent = 4,         // --require: not met, some have not answered; a barrier: some came, but not all
  kCommandFailed = 5,  // --require: not met although all have answered; a barrier: complete, but a command failed
  kStopped = 6,        // --batch: ended before all nodes were asked
  kNotFree = 75,       // --lock: EX_TEMPFAIL of sysexits.h, try again later
  kLockLost = 76,
  kTimedOut = 124,  // --lock, and a command that took too long: as with timeout(1)
};

constexpr ExitStatus exit_status_of(Errc code) {
  return code == Errc::kUsage || code == Errc::kConfig ? ExitStatus::kUsage : ExitStatus::kFailure;
}

}  // namespace remaphore
