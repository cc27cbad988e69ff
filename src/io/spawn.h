// Starts programs, the only place in both programs that does: posix_spawn, so that none of our code runs between fork
// and exec. A started program leads a session and process group of its own, away from our terminal, unless the plan
// names a group, and gets the descriptors that we inherited. Our own are all close-on-exec; except for the standard
// three, none is passed on.
#pragma once

#include <signal.h>
#include <sys/types.h>

#include <optional>

#include "base/result.h"
#include "io/descriptor.h"

namespace remaphore {

struct SpawnPlan {
  const char* program;           // without a slash: looked up in PATH
  char* const* arguments;        // the first is its name; ends in nullptr
  char* const* environment;      // ends with a null pointer
  int input, output, error;      // become 0, 1 and 2; -1: ours
  const char* folder = nullptr;  // its working directory; nullptr: ours
  const sigset_t& mask;          // blocked in it
  const sigset_t& defaults;      // their dispositions become the default
  // The group that it joins, in our session; 0: it leads a new one there. nullopt: it leads a session of its own.
  std::optional<pid_t> group = std::nullopt;
};

struct Spawned {
  pid_t pid;         // also of the group and the session that it leads
  Descriptor pidfd;  // readable once it has ended
};

struct SpawnFailure {
  int number;    // errno
  bool started;  // it ran briefly and was killed, because it could not be watched
};

Result<Spawned, SpawnFailure> spawn(const SpawnPlan& plan);

// An empty standard input for programs: /dev/null or, if that is missing, a pipe at its end. The error is errno.
Result<Descriptor, int> open_empty_input();

// Whether this system can watch processes: pidfd_open and waitid of a pidfd (Linux 5.4) may be missing, or forbidden by
// a container's system call filter. Errc::kRuntime.
Result<void> check_processes_can_be_watched();

}  // namespace remaphore
