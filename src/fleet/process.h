// Starting programs: finding them, and one child with its own process group, ended when its owner is.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "io/descriptor.h"

namespace remaphore::fleet {

// The first executable of this name in PATH, else in an sbin folder beside a bin folder of PATH: Debian installs
// servers there, but leaves sbin out of most users' PATH.
std::optional<std::string> find_program(std::string_view name);

// This program's own file, symbolic links resolved; empty if the system does not say.
std::string own_program();

struct Launch {
  std::vector<std::string> arguments;  // the first is the program's path
  std::string folder;                  // where it starts
  int out, err;                        // its stdout and stderr; stdin is empty
};

class Process {
 public:
  static Result<Process> start(const Launch& launch);
  Process(Process&& other) noexcept : pid_(std::exchange(other.pid_, 0)), descriptor_(std::move(other.descriptor_)) {}
  Process& operator=(Process&&) = delete;
  ~Process();  // stop()

  int descriptor() const { return descriptor_.get(); }  // readable once it has ended
  std::optional<int> status() const;                    // 128 + N if signal N ended it; nothing while it runs

  // TERM to its process group; after two seconds, KILL to it and to whatever is left in the group. Waits for all its
  // members that are our children, which includes adopted ones if we are a subreaper (program_group.h).
  void stop();

 private:
  Process(pid_t pid, Descriptor descriptor) : pid_(pid), descriptor_(std::move(descriptor)) {}
  pid_t pid_;  // stays a zombie until stop(), so that the pid is not reused
  Descriptor descriptor_;
};

}  // namespace remaphore::fleet
