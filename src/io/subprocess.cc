#include "io/subprocess.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/deadline.h"
#include "base/text.h"

namespace remaphore {
namespace {

constexpr Duration kGrace = std::chrono::seconds(2);  // between TERM and KILL
constexpr std::size_t kReadAtOnce = std::size_t{256} << 10;

// What posix_spawn takes for argv and envp. It does not write to the strings.
using Pointers = std::vector<char*>;

void append(const std::vector<std::string>& strings, Pointers& pointers) {
  for (const std::string& one : strings) pointers.push_back(const_cast<char*>(one.c_str()));
}

Pointers arguments_of(const Command& command) {
  Pointers pointers;
  append(command.arguments(), pointers);
  pointers.push_back(nullptr);
  return pointers;
}

Pointers environment_of(const Command& command) {
  Pointers pointers;
  for (char** one = environ; *one != nullptr; ++one) {
    if (!std::string_view(*one).starts_with(kVariablePrefix)) pointers.push_back(*one);
  }
  append(command.environment(), pointers);
  pointers.push_back(nullptr);
  return pointers;
}

// posix_spawn's attributes and file actions, destroyed with their owner.
class SpawnPlan {
 public:
  SpawnPlan(const Signals& signals, int input, int output) {
    posix_spawnattr_init(&attributes_);
    posix_spawn_file_actions_init(&actions_);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    posix_spawnattr_setpgroup(&attributes_, 0);
    posix_spawnattr_setsigdefault(&attributes_, &signals.changed());
    posix_spawnattr_setsigmask(&attributes_, &signals.original_mask());
    if (input >= 0) {
      posix_spawn_file_actions_adddup2(&actions_, input, STDIN_FILENO);
    } else {
      posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    }
    if (output >= 0) {
      posix_spawn_file_actions_adddup2(&actions_, output, STDOUT_FILENO);
      posix_spawn_file_actions_adddup2(&actions_, output, STDERR_FILENO);
    }
    posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;
  ~SpawnPlan() {
    posix_spawnattr_destroy(&attributes_);
    posix_spawn_file_actions_destroy(&actions_);
  }
  const posix_spawnattr_t* attributes() const { return &attributes_; }
  const posix_spawn_file_actions_t* actions() const { return &actions_; }

 private:
  posix_spawnattr_t attributes_;
  posix_spawn_file_actions_t actions_;
};

// Standard input as a file in memory: of any size, and nobody has to feed it.
Descriptor input_file(std::string_view bytes) {
  Descriptor file(memfd_create("payload", MFD_CLOEXEC));
  while (file && !bytes.empty()) {
    const ssize_t written = write(file.get(), bytes.data(), bytes.size());
    if (written <= 0) return Descriptor();
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  if (file) lseek(file.get(), 0, SEEK_SET);
  return file;
}

StartFailure spawn_failure(const Command& command, int number) {
  const std::string name = quote(command.program());
  switch (number) {
    case E2BIG:
      return {126,
              fmt::format("{} too large for the kernel's argument limits",
                          command.origin() == Command::Origin::kMessage ? "the payload is" : "the arguments are"),
              StartFailure::Fault::kArguments};
    case ENOENT: return {127, fmt::format("{} is not found", name), StartFailure::Fault::kProgram};
    case EAGAIN:
    case ENOMEM:
    case EMFILE:
    case ENFILE:
      return {126, fmt::format("{} cannot be started now: {}", name, std::strerror(number)),
              StartFailure::Fault::kSystem};
    default:
      return {126, fmt::format("{} cannot be run: {}", name, std::strerror(number)), StartFailure::Fault::kProgram};
  }
}

}  // namespace

Result<CommandId, StartFailure> Subprocess::start(const Command& command, const RunOptions& options) {
  const auto fail = [&command](int number) { return Unexpected<StartFailure>(spawn_failure(command, number)); };

  Descriptor read_end, write_end;
  if (options.capture) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return fail(errno);
    read_end.reset(ends[0]);
    write_end.reset(ends[1]);
    fcntl(read_end.get(), F_SETFL, O_NONBLOCK);  // of the read end's own description only
  }
  Descriptor input;
  if (command.input()) {
    input = input_file(*command.input());
    if (!input) return fail(errno);
  }
  // Holds a place for the pidfd, so that a process that has started can always be watched.
  Descriptor reserve(fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3));
  if (!reserve && errno != EBADF) return fail(errno);

  const Pointers arguments = arguments_of(command), environment = environment_of(command);
  const SpawnPlan plan(signals_, input.get(), write_end.get());
  pid_t pid = -1;
  const int error = posix_spawnp(&pid, command.program().c_str(), plan.actions(), plan.attributes(), arguments.data(),
                                 environment.data());
  if (error != 0) return fail(error);
  reserve.reset();
  Descriptor pidfd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  if (!pidfd) {
    const int number = errno;
    kill(-pid, SIGKILL);
    waitpid(pid, nullptr, 0);
    // It may have begun: not to be started again.
    return Unexpected<StartFailure>(
        StartFailure{126, fmt::format("{} cannot be watched: {}", quote(command.program()), std::strerror(number)),
                     StartFailure::Fault::kProgram});
  }
  Child child;
  child.pid = pid;
  child.pidfd = std::move(pidfd);
  child.output = std::move(read_end);
  child.limit = options.capture.value_or(0);
  if (options.timeout) child.signal_at = deadline_after(std::chrono::steady_clock::now(), *options.timeout);
  child.outcome.id = ++last_id_;
  children_.push_back(std::move(child));
  return last_id_;
}

std::optional<CommandOutcome> Subprocess::next_outcome() {
  if (ended_.empty()) return std::nullopt;
  CommandOutcome outcome = std::move(ended_.front());
  ended_.pop_front();
  return outcome;
}

void Subprocess::terminate() {
  const MonotonicTime now = std::chrono::steady_clock::now();
  for (Child& child : children_) {
    if (!child.terminated) signal(child, now);
  }
}

void Subprocess::signal(Child& child, MonotonicTime now) {
  const int number = child.terminated ? SIGKILL : SIGTERM;
  kill(-child.pid, number);
  syscall(SYS_pidfd_send_signal, child.pidfd.get(), number, nullptr, 0);  // a leader may have left its group
  child.terminated = true;
  child.signal_at = now + kGrace;
}

void Subprocess::prepare(PollSet& set) {
  for (const Child& child : children_) {
    set.add(child.pidfd.get(), POLLIN);
    if (child.output) set.add(child.output.get(), POLLIN);
    if (child.signal_at) set.wake_at(*child.signal_at);
  }
  if (!ended_.empty()) set.wake_at(MonotonicTime::min());
}

void Subprocess::dispatch(const PollSet& set) {
  const MonotonicTime now = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i < children_.size();) {
    Child& child = children_[i];
    if (set.ready(child.output.get()) != 0) read_output(child, kReadAtOnce);
    if (set.ready(child.pidfd.get()) != 0 && reap(child)) {
      ended_.push_back(std::move(child.outcome));
      children_.erase(children_.begin() + static_cast<std::ptrdiff_t>(i));
      continue;
    }
    if (child.signal_at && now >= *child.signal_at) {
      child.timed_out = child.timed_out || !child.terminated;  // terminate() is not its own timeout
      signal(child, now);
    }
    ++i;
  }
}

// Reads at most `most` bytes of what is there; what is beyond the limit is counted and dropped.
void Subprocess::read_output(Child& child, std::size_t most) {
  char buffer[16 << 10];
  while (most > 0 && child.output) {
    const ssize_t got = read(child.output.get(), buffer, std::min(most, sizeof buffer));
    if (got <= 0) {
      if (got == 0 || (errno != EAGAIN && errno != EINTR)) child.output.reset();  // all writers are gone
      return;
    }
    const auto size = static_cast<std::size_t>(got);
    const std::size_t room = child.limit - std::min(child.limit, child.outcome.output.size());
    const std::size_t kept = std::min(room, size);
    child.outcome.output.append(buffer, kept);
    child.outcome.output_dropped += size - kept;
    most -= size;
  }
}

// The leader has exited: takes its status and what is in the pipe now. Background children may go on writing; they are
// not waited for.
bool Subprocess::reap(Child& child) {
  siginfo_t info{};
  if (waitid(P_PIDFD, static_cast<id_t>(child.pidfd.get()), &info, WEXITED | WNOHANG) != 0 || info.si_pid == 0) {
    return false;
  }
  child.outcome.exit_status = info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
  if (child.timed_out) child.outcome.exit_status = kTimedOut;
  int left = 0;
  if (child.output && ioctl(child.output.get(), FIONREAD, &left) == 0 && left > 0) {
    read_output(child, static_cast<std::size_t>(left));
  }
  return true;
}

}  // namespace remaphore
