// nats-server as our child: it ends when we end, however that happens, and writes to our own standard output and error.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "io/descriptor.h"

namespace remaphore::fleet {

// The name under which this program, started again, becomes a child that ends with its parent: posix_spawn cannot ask
// for that. Its arguments: the parent's process id, then the command.
inline constexpr const char* kBoundChild = "remaphore-fleet-child";

// Called by main if the program was started under that name. Returns an exit status only if the command could not be
// run.
int run_bound_child(int argc, char** argv);

class ServerProcess {
 public:
  // Errc::kRuntime. `arguments`: the first is the program's path.
  static Result<ServerProcess> start(std::vector<std::string> arguments);
  ServerProcess(ServerProcess&& other) noexcept;
  ServerProcess& operator=(ServerProcess&&) = delete;
  ~ServerProcess();  // TERM, and waits for its end

  int descriptor() const { return descriptor_.get(); }  // readable once it has ended
  void signal(int number) const;
  // Its exit status; 128 + N if signal N ended it; nothing while it runs.
  std::optional<int> status();

 private:
  ServerProcess(pid_t pid, Descriptor descriptor) : pid_(pid), descriptor_(std::move(descriptor)) {}
  pid_t pid_;  // 0: moved from
  Descriptor descriptor_;
  std::optional<int> status_;
};

}  // namespace remaphore::fleet
