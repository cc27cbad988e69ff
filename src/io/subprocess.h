// CommandRunner by posix_spawn: no code of ours runs between fork and exec. The only room that starts processes for
// others.
//
// A command gets its own process group, standard input from /dev/null or a file in memory, the parent's environment
// without REMAPHORE_* plus its own, the signal mask and dispositions we were started with, and no descriptor above 2.
#pragma once

#include <sys/types.h>

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "io/descriptor.h"
#include "io/event_loop.h"
#include "io/signals.h"
#include "ports/command_runner.h"

namespace remaphore {

class Subprocess : public CommandRunner, public EventSource {
 public:
  explicit Subprocess(const Signals& signals) : signals_(signals) {}
  ~Subprocess() override = default;

  Result<CommandId, StartFailure> start(const Command& command, const RunOptions& options) override;
  std::optional<CommandOutcome> next_outcome() override;
  std::size_t running() const override { return children_.size() + ended_.size(); }
  void terminate() override;

  void prepare(PollSet& set) override;
  void dispatch(const PollSet& set) override;

 private:
  struct Child {
    pid_t pid = -1;
    Descriptor pidfd;
    Descriptor output;  // read end of the pipe; none: it writes to ours
    std::size_t limit = 0;
    std::optional<MonotonicTime> signal_at;  // when the next signal is due
    bool terminated = false;                 // TERM has been sent: the next is KILL
    bool timed_out = false;
    CommandOutcome outcome;
  };
  void read_output(Child& child, std::size_t most);
  bool reap(Child& child);
  void signal(Child& child, MonotonicTime now);

  const Signals& signals_;
  std::vector<Child> children_;
  std::deque<CommandOutcome> ended_;
  CommandId last_id_ = 0;
};

}  // namespace remaphore
