// Runs one command as the user's shell would: with our terminal, standard input and output. While it runs, the signals
// that ask us to end go to its process group instead.
#pragma once

#include <optional>

#include "base/boot_time.h"
#include "core/command.h"

namespace remaphore {

class ForegroundCommand {
 public:
  struct End {
    int exit_status;             // 128+N for signal N
    int signal = 0;              // that ended it; 0: none
    bool from_terminal = false;  // the signal came from the terminal that it had from us
    bool by_guard = false;       // its guard ended it: we were stopped for too long
  };

  virtual ~ForegroundCommand() = default;
  // Call once. Keeps no reference to `command`.
  virtual Result<void, StartFailure> start(const Command& command) = 0;
  virtual bool is_running() const = 0;
  virtual std::optional<End> end() const = 0;  // nullopt: not started, or still running

  // TERM to the whole group now, KILL when the command has ended, or at `kill_at`.
  virtual void terminate(BootTime kill_at) = 0;
  // What happens to the group if this process is stopped or killed: TERM at the first of these times, or when we are
  // killed; KILL at the second, or 2 s after we were killed. Later calls replace earlier ones.
  virtual void guard(BootTime term_at, BootTime kill_at) = 0;
};

}  // namespace remaphore
