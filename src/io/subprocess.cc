#include "io/subprocess.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/deadline.h"
#include "core/exit_status.h"
#include "io/command_start.h"
#include "io/whole_file.h"

namespace remaphore {
namespace {

constexpr Duration kGrace = std::chrono::seconds(2);  // between TERM and KILL
constexpr std::size_t kReadAtOnce = std::size_t{256} << 10;

// Standard input as a file in memory: of any size, and without a writer to keep it filled.
Descriptor input_file(std::string_view bytes) {
  Descriptor file(memfd_create("payload", MFD_CLOEXEC));
  if (!file || !write_all(file.get(), bytes)) return Descriptor();
  lseek(file.get(), 0, SEEK_SET);
  return file;
}

}  // namespace

Subprocess::Subprocess(Signals& signals, Log& log)
    : signals_(signals), log_(log), nothing_(open_empty_input()), orphans_(signals) {}

Result<Spawned, StartFailure> Subprocess::spawn_command(const Command& command, int output) const {
  const auto fail = [&command](const SpawnFailure& failure) {
    return Unexpected<StartFailure>(start_failure(command, failure));
  };
  Descriptor file;
  if (command.input()) {
    file = input_file(*command.input());
    if (!file) return fail({.number = errno, .started = false});
  } else if (!nothing_) {
    return fail({.number = nothing_.error(), .started = false});
  }
  auto spawned = spawn({.program = command.program().c_str(),
                        .arguments = arguments_of(command).data(),
                        .environment = environment_of(command).data(),
                        .input = file ? file.get() : nothing_->get(),
                        .output = output,
                        .error = output,
                        .mask = signals_.original_mask(),
                        .defaults = signals_.changed()});
  if (!spawned) return fail(spawned.error());
  return std::move(*spawned);
}

Result<CommandId, StartFailure> Subprocess::start(const Command& command, const RunOptions& options) {
  Descriptor read_end, write_end;
  if (options.capture) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
      return Unexpected<StartFailure>(start_failure(command, {.number = errno, .started = false}));
    }
    read_end.reset(ends[0]);
    write_end.reset(ends[1]);
    fcntl(read_end.get(), F_SETFL, O_NONBLOCK);  // of the read end's own description only
  }
  auto spawned = spawn_command(command, write_end.get());
  if (!spawned) return pass_on(spawned);
  Child child;
  child.pid = spawned->pid;
  child.pidfd = std::move(spawned->pidfd);
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

void Subprocess::terminate(Duration grace) {
  const MonotonicTime now = std::chrono::steady_clock::now();
  for (Child& child : children_) {
    if (child.terminated) continue;
    child.grace_ends = deadline_after(now, grace);
    if (!child.grace_ends) signal(child, now);
  }
}

void Subprocess::signal(Child& child, MonotonicTime now) {
  const int number = child.terminated ? SIGKILL : SIGTERM;
  kill(-child.pid, number);
  syscall(SYS_pidfd_send_signal, child.pidfd.get(), number, nullptr, 0);  // a leader may have left its group
  child.terminated = true;
  child.grace_ends.reset();
  child.signal_at = now + kGrace;
}

void Subprocess::prepare(PollSet& set) {
  for (const Child& child : children_) {
    set.add(child.pidfd.get(), POLLIN);
    if (child.output) set.add(child.output.get(), POLLIN);
    if (child.signal_at) set.wake_at(*child.signal_at);
    if (child.grace_ends) set.wake_at(*child.grace_ends);
  }
  drained_.prepare(set);
  if (!ended_.empty() || orphans_.left()) set.wake_at(MonotonicTime::min());
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
    } else if (passed(child.grace_ends, now)) {
      signal(child, now);
    }
    ++i;
  }
  drained_.dispatch(set);
  if (orphans_.adopts() && signals_.take_child_ended()) orphans_.look();
  orphans_.reap([this](pid_t pid) {
    return std::any_of(children_.begin(), children_.end(), [pid](const Child& child) { return child.pid == pid; });
  });
}

// Reads at most `most` bytes of what is available; bytes beyond the limit are counted and dropped.
void Subprocess::read_output(Child& child, std::size_t most) {
  char buffer[16 << 10];
  while (most > 0 && child.output) {
    const ssize_t got = read(child.output.get(), buffer, std::min(most, sizeof buffer));
    if (got <= 0) {
      if (got == 0 || (errno != EAGAIN && errno != EINTR)) child.output.reset();  // no writer is left
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
  if (child.timed_out) child.outcome.exit_status = static_cast<int>(ExitStatus::kTimedOut);
  int left = 0;
  if (child.output && ioctl(child.output.get(), FIONREAD, &left) == 0 && left > 0) {
    read_output(child, static_cast<std::size_t>(left));
  }
  if (child.output && !drained_.add(std::move(child.output))) {
    log_.error(
        fmt::format("more than {} commands left background processes that hold their output open: the oldest gets "
                    "SIGPIPE when it writes",
                    drained_.size()));
  }
  return true;
}

}  // namespace remaphore
