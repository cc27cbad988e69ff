#include "io/foreground_process.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "io/command_start.h"
#include "io/spawn.h"

namespace remaphore {
namespace {

constexpr Duration kOurTurn = std::chrono::milliseconds(250);  // before our guard acts: one TERM is enough
constexpr unsigned kMaxGuards = 10;                            // that replace another

}  // namespace

ForegroundProcess::ForegroundProcess(Signals& signals, CommandGuard guard, Log& log)
    : signals_(signals), guard_(std::move(guard)), log_(log), orphans_(signals) {
  signals_.watch_children();
  signals_.watch_terminal();
}

Result<void, StartFailure> ForegroundProcess::start(const Command& command) {
  if (guard_.has_ended()) replace_guard();
  guard_.give(orders_);  // from here on it ends whatever is in the group
  job_control_.lend(group());
  auto spawned = spawn({.program = command.program().c_str(),
                        .arguments = arguments_of(command).data(),
                        .environment = environment_beside(command).data(),
                        .input = -1,
                        .output = -1,
                        .error = -1,
                        .mask = signals_.original_mask(),
                        .defaults = signals_.changed(),
                        .group = group()});
  if (!spawned) {
    job_control_.take_back();
    guard_.dismiss();
    return Unexpected<StartFailure>(start_failure(command, spawned.error()));
  }
  pid_ = spawned->pid;
  pidfd_ = std::move(spawned->pidfd);
  orders_.leader = pid_;
  guard_.give(orders_);
  return {};
}

void ForegroundProcess::guard(BootTime term_at, BootTime kill_at) {
  term_at = std::min(term_at + kOurTurn, kill_at);
  if (end_ || (orders_.term_at == term_at && orders_.kill_at == kill_at)) return;
  orders_.term_at = term_at, orders_.kill_at = kill_at;
  if (pidfd_) guard_.give(orders_);
}

// A pid is nobody else's until we have reaped the process.
void ForegroundProcess::signal_all(int signal) {
  if (!pidfd_) return;
  const pid_t now_in = getpgid(pid_);
  // Without a guard that leads it, the group is sure to be the command's only while the command is in it.
  if (orders_.group == 0 || now_in == group()) kill(-group(), signal);
  if (now_in == pid_) {
    kill(-pid_, signal);
  } else if (now_in != group()) {
    syscall(SYS_pidfd_send_signal, pidfd_.get(), signal, nullptr, 0);
  }
}

void ForegroundProcess::replace_guard() {
  if (pidfd_) orders_.group = group();
  auto next = CommandGuard::start();
  if (!next || ++replaced_ > kMaxGuards) {
    log_.notice(
        "the command's guard was killed and cannot be restarted: if remaphore is killed, the command keeps running");
    return guard_.dismiss();
  }
  guard_ = std::move(*next);
  if (pidfd_) guard_.give(orders_);
  log_.notice("the command's guard was killed and has been restarted");
}

void ForegroundProcess::terminate(BootTime kill_at) {
  if (!pidfd_) return;
  const bool again = kill_at_.has_value();
  kill_at_ = again ? std::min(*kill_at_, kill_at) : kill_at;
  if (again) return;
  ending_ = true;
  orders_.term_at = BootTime::max();
  orders_.kill_at = std::min(orders_.kill_at, kill_at);
  guard_.give(orders_);
  signal_all(SIGTERM);
  signal_all(SIGCONT);  // a stopped process could not end
}

void ForegroundProcess::prepare(PollSet& set) {
  if (pidfd_) set.add(pidfd_.get(), POLLIN);
  if (guard_.pidfd() >= 0) set.add(guard_.pidfd(), POLLIN);
  kill_timer_.set(kill_at_);
  if (kill_at_) {
    set.add(kill_timer_.fd(), POLLIN);
    set.wake_at(std::chrono::steady_clock::now() + (*kill_at_ - boot_now()));  // should there be no timer
  }
  if (orphans_.left()) set.wake_at(MonotonicTime::min());
}

void ForegroundProcess::dispatch(const PollSet& set) {
  if (set.ready(pidfd_.get()) != 0) reap();
  if (!ending_ && set.ready(guard_.pidfd()) != 0) replace_guard();
  if (pidfd_) {
    while (const auto signal = signals_.take_stop_signal()) signal_all(*signal);
  }
  if (kill_at_ && boot_now() >= *kill_at_) {
    signal_all(SIGKILL);
    kill_at_.reset();
  }
  if (signals_.take_child_ended()) {
    orphans_.look();
    look_whether_stopped();
  }
  if (pidfd_ && signals_.take_resumed()) resume();
  const pid_t guard = guard_.group();
  orphans_.reap([this, guard](pid_t pid) { return pid == pid_ || pid == guard; });
}

void ForegroundProcess::reap() {
  siginfo_t info{};
  const auto id = static_cast<id_t>(pidfd_.get());
  if (waitid(P_PIDFD, id, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == 0) return;
  // Nothing of it may be left, whoever asked it to end: we, or the guard while we were stopped.
  if (kill_at_ || boot_now() >= orders_.term_at) signal_all(SIGKILL);
  waitid(P_PIDFD, id, nullptr, WEXITED | WNOHANG);
  kill_at_.reset();
  pidfd_.reset();
  guard_.dismiss();
  const bool exited = info.si_code == CLD_EXITED;
  End end{.exit_status = exited ? info.si_status : 128 + info.si_status, .signal = exited ? 0 : info.si_status};
  end.from_terminal = job_control_.take_back() && (end.signal == SIGINT || end.signal == SIGQUIT);
  end.by_guard = boot_now() >= orders_.term_at;
  end_ = end;
}

void ForegroundProcess::look_whether_stopped() {
  siginfo_t info{};
  if (!pidfd_ || waitid(P_PIDFD, static_cast<id_t>(pidfd_.get()), &info, WSTOPPED | WNOHANG) != 0 || info.si_pid == 0) {
    return;
  }
  const int signal = info.si_status == SIGSTOP ? SIGTSTP : info.si_status;
  if (signal != SIGTSTP && job_control_.lend(group())) {  // the shell has brought us to the foreground
    signal_all(SIGCONT);
    return;
  }
  const bool had_terminal = job_control_.take_back();
  if (!had_terminal && (!job_control_.has_terminal() || signal == SIGTSTP)) return;  // somebody stopped it by hand
  if (orders_.term_at != BootTime::max()) {
    const auto left = std::chrono::floor<std::chrono::seconds>(orders_.term_at - boot_now());
    log_.notice(fmt::format("stopped: if not continued within {}s, the command is terminated and the lock is lost",
                            left.count()));
  }
  // Without a shell that would continue us, Ctrl-Z has no effect, just as without remaphore.
  if (!stop_ourselves(signal) && signal == SIGTSTP) resume();
}

void ForegroundProcess::resume() {
  if (!pidfd_) return;
  job_control_.lend(group());
  signal_all(SIGCONT);
}

}  // namespace remaphore
