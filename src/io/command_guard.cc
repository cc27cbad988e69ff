#include "io/command_guard.h"

#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>

#include "io/boot_clock.h"
#include "io/spawn.h"

namespace remaphore {
namespace {

// Does not contain our own name: `pkill remaphore` and the like must not kill the guard as well.
constexpr char kName[] = "lock-guard";                    // at most 15 bytes
constexpr Duration kTermGrace = std::chrono::seconds(2);  // between TERM and KILL once we have ended

// This program's file, even after an upgrade has replaced it.
const char* own_program() {
  constexpr const char* kExe = "/proc/self/exe";
  if (access(kExe, X_OK) == 0) return kExe;
  return reinterpret_cast<const char*>(getauxval(AT_EXECFN));  // NOLINT: it is an address
}

Descriptor watch(pid_t pid) { return Descriptor(static_cast<int>(syscall(SYS_pidfd_open, pid, 0))); }

class Guard {
 public:
  [[noreturn]] void run() {
    while (true) {
      timer_.set(std::min(term_at_, kill_at_) == BootTime::max() ? std::nullopt
                                                                 : std::optional(std::min(term_at_, kill_at_)));
      pollfd ready[] = {{orphaned_ ? -1 : STDIN_FILENO, POLLIN, 0}, {timer_.fd(), POLLIN, 0}};
      poll(ready, 2, -1);
      // In this order: if we are stopped in between, we find new orders before we act on the old ones.
      const BootTime now = boot_now();
      if (!orphaned_) read_orders();
      if (now >= kill_at_) {
        end_all(SIGKILL);
        _exit(0);
      }
      if (now >= term_at_) {
        end_all(SIGTERM);
        end_all(SIGCONT);  // a stopped process could not end
        term_at_ = BootTime::max();
      }
    }
  }

 private:
  void read_orders() {
    CommandGuard::Orders orders;
    const ssize_t got = read(STDIN_FILENO, &orders, sizeof orders);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) return;
    if (got == static_cast<ssize_t>(sizeof orders)) {
      ordered_ = true;
      term_at_ = orders.term_at, kill_at_ = orders.kill_at;
      group_ = orders.group;
      if (orders.leader != 0 && !leader_) leader_ = watch(leader_pid_ = orders.leader);
      return;
    }
    if (!ordered_) _exit(0);
    orphaned_ = true;
    term_at_ = boot_now();
    kill_at_ = std::min(kill_at_, term_at_ + kTermGrace);
  }

  // Our own group last: KILL ends us too.
  void end_all(int signal) {
    if (leader_) syscall(SYS_pidfd_send_signal, leader_.get(), signal, nullptr, 0);
    if (leads_another_group()) kill(-leader_pid_, signal);
    kill(-group_, signal);
  }

  // Once nobody keeps it as a zombie, its number may be another's.
  bool leads_another_group() const {
    pollfd ended{leader_.get(), POLLIN, 0};
    if (!leader_ || (orphaned_ && poll(&ended, 1, 0) != 0)) return false;
    return getpgid(leader_pid_) == leader_pid_;
  }

  BootTimer timer_;
  bool ordered_ = false, orphaned_ = false;
  BootTime term_at_ = BootTime::max(), kill_at_ = BootTime::max();
  Descriptor leader_;
  pid_t leader_pid_ = 0;
  pid_t group_ = 0;  // 0: ours
};

}  // namespace

Result<CommandGuard> CommandGuard::start() {
  const auto refuse = [](int number) {
    return fail(Errc::kRuntime, fmt::format("cannot start the command's guard: {}", std::strerror(number)));
  };
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return refuse(errno);
  Descriptor read_end(ends[0]), write_end(ends[1]);
  for (const int end : ends) fcntl(end, F_SETFL, O_NONBLOCK);
  auto nothing = open_empty_input();
  if (!nothing) return refuse(nothing.error());
  sigset_t all, none;
  sigfillset(&all);
  sigemptyset(&none);
  std::string name = kName;
  char* const arguments[] = {name.data(), nullptr};
  auto spawned = spawn({.program = own_program(),
                        .arguments = arguments,
                        .environment = environ,
                        .input = read_end.get(),
                        .output = nothing->get(),
                        .error = nothing->get(),
                        .mask = all,
                        .defaults = none,
                        .group = 0});
  if (!spawned) return refuse(spawned.error().number);
  return CommandGuard(spawned->pid, std::move(spawned->pidfd), std::move(read_end), std::move(write_end));
}

CommandGuard& CommandGuard::operator=(CommandGuard&& other) noexcept {
  if (this == &other) return *this;
  dismiss();
  pid_ = other.pid_;
  pidfd_ = std::move(other.pidfd_);
  unseen_ = std::move(other.unseen_);
  orders_ = std::move(other.orders_);
  return *this;
}

bool CommandGuard::has_ended() const {
  pollfd ended{pidfd_.get(), POLLIN, 0};
  return pidfd_ && poll(&ended, 1, 0) == 1;
}

void CommandGuard::give(const Orders& orders) {
  if (!orders_) return;
  for (Orders old; read(unseen_.get(), &old, sizeof old) > 0;) continue;  // it was stopped
  (void)!write(orders_.get(), &orders, sizeof orders);
}

void CommandGuard::dismiss() {
  if (!pidfd_) return;
  syscall(SYS_pidfd_send_signal, pidfd_.get(), SIGKILL, nullptr, 0);
  waitid(P_PIDFD, static_cast<id_t>(pidfd_.get()), nullptr, WEXITED);
  pidfd_.reset();
  unseen_.reset();
  orders_.reset();
}

bool is_command_guard(int count, const char* const* arguments) {
  return count == 1 && std::string_view(arguments[0]) == kName && getpgrp() == getpid();
}

void run_command_guard() {
  prctl(PR_SET_NAME, kName);
  closefrom(STDERR_FILENO + 1);  // what our caller has open is for the command
  Guard().run();
}

}  // namespace remaphore
