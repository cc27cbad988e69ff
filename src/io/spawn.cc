#include "io/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>

namespace remaphore {
namespace {

// posix_spawn's attributes and file actions, destroyed with their owner.
class Attributes {
 public:
  explicit Attributes(const SpawnPlan& plan) {
    posix_spawnattr_init(&attributes_);
    const int family = plan.group ? POSIX_SPAWN_SETPGROUP : POSIX_SPAWN_SETSID;
    posix_spawnattr_setflags(&attributes_, static_cast<short>(family | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK));
    if (plan.group) posix_spawnattr_setpgroup(&attributes_, *plan.group);
    posix_spawnattr_setsigdefault(&attributes_, &plan.defaults);
    posix_spawnattr_setsigmask(&attributes_, &plan.mask);
    posix_spawn_file_actions_init(&actions_);
    const int standard[] = {plan.input, plan.output, plan.error};
    for (const int number : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
      if (standard[number] >= 0) posix_spawn_file_actions_adddup2(&actions_, standard[number], number);
    }
    if (plan.folder != nullptr) posix_spawn_file_actions_addchdir_np(&actions_, plan.folder);
  }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;
  ~Attributes() {
    posix_spawnattr_destroy(&attributes_);
    posix_spawn_file_actions_destroy(&actions_);
  }
  const posix_spawnattr_t* attributes() const { return &attributes_; }
  const posix_spawn_file_actions_t* actions() const { return &actions_; }

 private:
  posix_spawnattr_t attributes_{};
  posix_spawn_file_actions_t actions_{};
};

// Called by number: glibc 2.36 declares pidfd_open without C linkage.
Descriptor pidfd_open(pid_t pid) { return Descriptor(static_cast<int>(syscall(SYS_pidfd_open, pid, 0))); }

}  // namespace

Result<Spawned, SpawnFailure> spawn(const SpawnPlan& plan) {
  const auto not_started = [](int number) { return Unexpected<SpawnFailure>({.number = number, .started = false}); };
  // Reserves a descriptor for the pidfd, so that a process that has started can always be watched.
  Descriptor reserve(fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
  if (!reserve && errno != EBADF) return not_started(errno);

  const Attributes how(plan);
  pid_t pid = -1;
  const int error = posix_spawnp(&pid, plan.program, how.actions(), how.attributes(), plan.arguments, plan.environment);
  if (error != 0) return not_started(error);
  reserve.reset();
  Descriptor pidfd = pidfd_open(pid);
  if (!pidfd) {
    const int number = errno;
    if (!plan.group || *plan.group == 0) kill(-pid, SIGKILL);
    kill(pid, SIGKILL);
    waitpid(pid, nullptr, 0);
    return Unexpected<SpawnFailure>({.number = number, .started = true});
  }
  return Spawned{pid, std::move(pidfd)};
}

Result<Descriptor, int> open_empty_input() {
  // Never one of the standard three, which are replaced by the started program's own.
  Descriptor null(open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (null.get() > STDERR_FILENO) return null;
  int ends[2];
  if (!null && pipe2(ends, O_CLOEXEC) == 0) {
    null.reset(ends[0]);
    close(ends[1]);
  }
  if (!null) return Unexpected<int>(errno);
  Descriptor above(fcntl(null.get(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
  if (!above) return Unexpected<int>(errno);
  return above;
}

Result<void> check_processes_can_be_watched() {
  siginfo_t info{};
  const Descriptor self = pidfd_open(getpid());
  // We are not our own child: ECHILD shows that the call itself is supported.
  if (self && waitid(P_PIDFD, static_cast<id_t>(self.get()), &info, WEXITED | WNOHANG) != 0 && errno == ECHILD)
    return {};
  return fail(
      Errc::kRuntime,
      fmt::format("commands cannot be watched here: {}: {}; this needs Linux 5.4, and a container that permits it",
                  self ? "waitid of a pidfd" : "pidfd_open", std::strerror(errno)));
}

}  // namespace remaphore
