#include "fleet/server_process.h"

#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <utility>

#include "io/spawn.h"

namespace remaphore::fleet {
namespace {

constexpr int kCannotRun = 127;

}  // namespace

int run_bound_child(int argc, char** argv) {
  if (argc < 3) return kCannotRun;
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (std::to_string(::getppid()) != argv[1]) return kCannotRun;  // the parent has already ended
  ::execv(argv[2], argv + 2);
  std::fprintf(stderr, "remaphore-fleet: cannot run %s: %s\n", argv[2], std::strerror(errno));
  return kCannotRun;
}

Result<ServerProcess> ServerProcess::start(std::vector<std::string> arguments) {
  std::vector<std::string> words{kBoundChild, std::to_string(::getpid())};
  words.insert(words.end(), std::make_move_iterator(arguments.begin()), std::make_move_iterator(arguments.end()));
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);

  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  const Result<Descriptor, int> nothing = open_empty_input();
  if (!nothing) return fail(Errc::kRuntime, fmt::format("cannot run {}: {}", words[2], std::strerror(nothing.error())));
  Result<Spawned, SpawnFailure> spawned = spawn({.program = "/proc/self/exe",
                                                 .arguments = pointers.data(),
                                                 .environment = environ,
                                                 .input = nothing->get(),
                                                 .output = -1,
                                                 .error = -1,
                                                 .mask = none,
                                                 .defaults = all});
  if (!spawned) {
    return fail(Errc::kRuntime, fmt::format("cannot run {}: {}", words[2], std::strerror(spawned.error().number)));
  }
  return ServerProcess(spawned->pid, std::move(spawned->pidfd));
}

ServerProcess::ServerProcess(ServerProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, 0)), descriptor_(std::move(other.descriptor_)), status_(other.status_) {}

ServerProcess::~ServerProcess() {
  if (pid_ == 0 || status_) return;
  signal(SIGTERM);
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

void ServerProcess::signal(int number) const {
  if (pid_ != 0 && !status_) ::kill(pid_, number);
}

std::optional<int> ServerProcess::status() {
  int raw = 0;
  if (!status_ && pid_ != 0 && ::waitpid(pid_, &raw, WNOHANG) == pid_)
    status_ = WIFSIGNALED(raw) ? 128 + WTERMSIG(raw) : WEXITSTATUS(raw);
  return status_;
}

}  // namespace remaphore::fleet
