// The exit statuses of `remaphore`: the contract of a shell tool, remaphore(1) "Exit status".
#pragma once

namespace remaphore {

enum class ExitStatus : int {
  kOk = 0,             // sent; or at least one message received, one answer
  kNothing = 1,        // no message, no answer before -t
  kNotReady = 1,       // --check: something is wrong
  kUsage = 2,          // command line or config
  kFailure = 3,        // connection or runtime
  kSilent = 4,         // --require: not met, some have not answered; a barrier: some came, but not all
  kCommandFailed = 5,  // --require: not met although all have answered; a barrier: complete, but a command failed
  kStopped = 6,        // --batch: ended before all nodes were asked
};

}  // namespace remaphore
