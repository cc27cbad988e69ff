// ForegroundCommand over io/spawn.h.
//
// The command gets our standard input, output and error, the signal mask and dispositions that we were started with,
// the descriptors that our caller left open, our environment, and a process group in our session, led by its guard
// (io/command_guard.h). It has ended when its first process has; processes that it left in the background live on,
// unless the command was to be ended. If it has made a group for itself, as setsid(1) and interactive shells do, what
// is done to its group is done to that one as well.
//
// A guard that somebody has killed is replaced.
//
// If our process group has the terminal, the command's group gets it, and we take it back at its end. When the command
// stops there, by Ctrl-Z or because it reads the terminal from the background, our own group stops as well, so that the
// shell notices; continued, it goes on with the terminal if we have it again.
#pragma once

#include <optional>

#include "io/boot_clock.h"
#include "io/command_guard.h"
#include "io/event_loop.h"
#include "io/job_control.h"
#include "io/orphans.h"
#include "io/signals.h"
#include "ports/foreground_command.h"
#include "ports/log.h"

namespace remaphore {

class ForegroundProcess : public ForegroundCommand, public EventSource {
 public:
  // Both must outlive it.
  ForegroundProcess(Signals& signals, CommandGuard guard, Log& log);

  Result<void, StartFailure> start(const Command& command) override;
  bool is_running() const override { return static_cast<bool>(pidfd_); }
  std::optional<End> end() const override { return end_; }
  void terminate(BootTime kill_at) override;
  void guard(BootTime term_at, BootTime kill_at) override;

  void prepare(PollSet& set) override;
  void dispatch(const PollSet& set) override;

 private:
  pid_t group() const { return orders_.group != 0 ? orders_.group : guard_.group(); }
  void signal_all(int signal);
  void replace_guard();
  void reap();
  void look_whether_stopped();
  void resume();

  Signals& signals_;
  CommandGuard guard_;
  unsigned replaced_ = 0;
  CommandGuard::Orders orders_;
  Log& log_;
  JobControl job_control_;
  Orphans orphans_;
  pid_t pid_ = -1;
  Descriptor pidfd_;
  BootTimer kill_timer_;
  std::optional<BootTime> kill_at_;
  bool ending_ = false;  // terminate() was called
  std::optional<End> end_;
};

}  // namespace remaphore
