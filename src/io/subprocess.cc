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
constexpr std::string_view kPrefix = "REMAPHORE_";

// Keeps what posix_spawn borrows.
class Environment {
 public:
  explicit Environment(const ScriptRequest& request) {
    const VerifiedMessage& message = request.message;
    const auto seconds = std::chrono::floor<std::chrono::seconds>(message.time()).time_since_epoch().count();
    add("SENDER", message.sender().public_key);
    add("VERB", message.verb());
    add("TIME", std::to_string(seconds));
    add("UUID", message.uuid_hex());
    if (!request.payload_on_stdin) add("MSG", message.payload());
    if (request.destination) add("DESTMATCH", *request.destination);
    for (char** one = environ; *one != nullptr; ++one) {
      if (!std::string_view(*one).starts_with(kPrefix)) pointers_.push_back(*one);
    }
    for (std::string& one : own_) pointers_.push_back(one.data());
    pointers_.push_back(nullptr);
  }
  char** get() { return pointers_.data(); }

 private:
  void add(std::string_view name, std::string_view value) {
    own_.push_back(fmt::format("{}{}={}", kPrefix, name, value));
  }
  std::vector<std::string> own_;
  std::vector<char*> pointers_;
};

class Arguments {
 public:
  explicit Arguments(const ScriptRequest& request) : own_(request.command) {
    own_.emplace_back(request.message.verb());
    if (!request.payload_on_stdin) own_.emplace_back(request.message.payload());
    for (std::string& one : own_) pointers_.push_back(one.data());
    pointers_.push_back(nullptr);
  }
  char** get() { return pointers_.data(); }

 private:
  std::vector<std::string> own_;
  std::vector<char*> pointers_;
};

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

// The payload as a file in memory: of any size, and nobody has to feed it.
Descriptor payload_file(std::string_view payload) {
  Descriptor file(memfd_create("payload", MFD_CLOEXEC));
  while (file && !payload.empty()) {
    const ssize_t written = write(file.get(), payload.data(), payload.size());
    if (written <= 0) return Descriptor();
    payload.remove_prefix(static_cast<std::size_t>(written));
  }
  if (file) lseek(file.get(), 0, SEEK_SET);
  return file;
}

std::optional<StartFailure> unpassable(const ScriptRequest& request) {
  const VerifiedMessage& message = request.message;
  const auto refuse = [](std::string reason) {
    return StartFailure{126, std::move(reason), StartFailure::Fault::kMessage};
  };
  if (message.verb().starts_with('-')) return refuse("the verb starts with - and would look like an option");
  if (message.verb().find('\0') != std::string_view::npos) return refuse("the verb contains a NUL");
  if (!request.payload_on_stdin && message.payload().find('\0') != std::string_view::npos) {
    return refuse("the payload contains a NUL");
  }
  return std::nullopt;
}

StartFailure spawn_failure(const std::string& program, int number) {
  const std::string name = quote(program);
  switch (number) {
    case E2BIG:
      return {126, "the payload is too large for the kernel's argument limits", StartFailure::Fault::kMessage};
    case ENOENT: return {127, fmt::format("{} is not found", name), StartFailure::Fault::kCommand};
    case EAGAIN:
    case ENOMEM:
    case EMFILE:
    case ENFILE:
      return {126, fmt::format("{} cannot be started now: {}", name, std::strerror(number)),
              StartFailure::Fault::kSystem};
    default:
      return {126, fmt::format("{} cannot be run: {}", name, std::strerror(number)), StartFailure::Fault::kCommand};
  }
}

}  // namespace

Result<ScriptId, StartFailure> Subprocess::start(const ScriptRequest& request) {
  if (auto failure = unpassable(request)) return Unexpected<StartFailure>(std::move(*failure));
  const std::string& program = request.command.front();
  const auto fail = [&program](int number) { return Unexpected<StartFailure>(spawn_failure(program, number)); };

  Descriptor read_end, write_end;
  if (request.capture) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return fail(errno);
    read_end.reset(ends[0]);
    write_end.reset(ends[1]);
    fcntl(read_end.get(), F_SETFL, O_NONBLOCK);  // of the read end's own description only
  }
  Descriptor input;
  if (request.payload_on_stdin) {
    input = payload_file(request.message.payload());
    if (!input) return fail(errno);
  }
  // Holds a place for the pidfd, so that a process that has started can always be watched.
  Descriptor reserve(fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3));
  if (!reserve && errno != EBADF) return fail(errno);

  Arguments arguments(request);
  Environment environment(request);
  const SpawnPlan plan(signals_, input.get(), write_end.get());
  pid_t pid = -1;
  const int error =
      posix_spawnp(&pid, program.c_str(), plan.actions(), plan.attributes(), arguments.get(), environment.get());
  if (error != 0) return fail(error);
  reserve.reset();
  Descriptor pidfd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  if (!pidfd) {
    const int number = errno;
    kill(-pid, SIGKILL);
    waitpid(pid, nullptr, 0);
    // It may have begun: not to be started again.
    return Unexpected<StartFailure>(
        StartFailure{126, fmt::format("{} cannot be watched: {}", quote(program), std::strerror(number)),
                     StartFailure::Fault::kCommand});
  }
  Child child;
  child.pid = pid;
  child.pidfd = std::move(pidfd);
  child.output = std::move(read_end);
  child.limit = request.capture_limit;
  if (request.timeout) child.signal_at = deadline_after(std::chrono::steady_clock::now(), *request.timeout);
  child.outcome.id = ++last_id_;
  children_.push_back(std::move(child));
  return last_id_;
}

std::optional<ScriptOutcome> Subprocess::next_outcome() {
  if (ended_.empty()) return std::nullopt;
  ScriptOutcome outcome = std::move(ended_.front());
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
