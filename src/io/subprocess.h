// CommandRunner over io/spawn.
//
// A command gets: its own session and process group, so that neither our terminal nor its keyboard signals reach it;
// standard input that is empty, or a file in memory; the parent's environment without REMAPHORE_* plus its own; the
// signal mask and dispositions we were started with, except SIGCHLD, which is never ignored; and the descriptors that
// our caller left open.
//
// It has ended when its leader has. Its background processes may go on writing: see io/drained_pipes.h.
//
// Orphans that we adopt, as process 1 or a subreaper, are reaped, and so are children that this process had
// before it became remaphore.
#pragma once

#include <sys/types.h>

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "io/descriptor.h"
#include "io/drained_pipes.h"
#include "io/event_loop.h"
#include "io/orphans.h"
#include "io/signals.h"
#include "io/spawn.h"
#include "ports/command_runner.h"
#include "ports/log.h"

namespace remaphore {

class Subprocess : public CommandRunner, public EventSource {
 public:
  Subprocess(Signals& signals, Log& log);  // both must outlive it
  ~Subprocess() override = default;

  Result<CommandId, StartFailure> start(const Command& command, const RunOptions& options) override;
  std::optional<CommandOutcome> next_outcome() override;
  std::size_t running() const override { return children_.size() + ended_.size(); }
  void terminate(Duration grace) override;

  void prepare(PollSet& set) override;
  void dispatch(const PollSet& set) override;

 private:
  struct Child {
    pid_t pid = -1;
    Descriptor pidfd;
    Descriptor output;  // read end of the pipe; none: it writes to ours
    std::size_t limit = 0;
    std::optional<MonotonicTime> signal_at;   // when the next signal is due
    std::optional<MonotonicTime> grace_ends;  // then TERM
    bool terminated = false;                  // TERM has been sent: the next is KILL
    bool timed_out = false;
    CommandOutcome outcome;
  };
  Result<Spawned, StartFailure> spawn_command(const Command& command, int output) const;
  void read_output(Child& child, std::size_t most);
  bool reap(Child& child);
  void signal(Child& child, MonotonicTime now);

  Signals& signals_;
  Log& log_;
  Result<Descriptor, int> nothing_;  // an empty standard input
  std::vector<Child> children_;
  DrainedPipes drained_;
  Orphans orphans_;
  std::deque<CommandOutcome> ended_;
  CommandId last_id_ = 0;
};

}  // namespace remaphore
