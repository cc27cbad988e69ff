// A process that ends a command, with its whole process group, when we cannot: we were killed, or stopped for too long.
// It is this program itself, started again as `lock-guard`; it holds nothing of ours but a pipe.
//
// It leads the group of the command, so the group's number cannot be reused while it lives. Every signal is blocked in
// it, and KILL for the group ends it too. It ends when we do, at once if there is no command.
#pragma once

#include <sys/types.h>

#include "base/boot_time.h"
#include "base/result.h"
#include "io/descriptor.h"

namespace remaphore {

class CommandGuard {
 public:
  static Result<CommandGuard> start();  // Errc::kRuntime
  CommandGuard(CommandGuard&&) noexcept = default;
  CommandGuard& operator=(CommandGuard&& other) noexcept;  // dismisses the one that was here
  ~CommandGuard() { dismiss(); }

  pid_t group() const { return pid_; }
  int pidfd() const { return pidfd_.get(); }  // readable once it has ended: somebody killed it
  bool has_ended() const;

  // Its orders: TERM at `term_at`, KILL at `kill_at`, to the group and to `leader`, which may have left it (0: not
  // known yet) and lead another one. If we end: TERM at once, and KILL two seconds later, or at `kill_at` if that is
  // sooner.
  struct Orders {
    BootTime term_at = BootTime::max(), kill_at = BootTime::max();
    pid_t leader = 0;
    pid_t group = 0;  // 0: its own; else that of a guard that was killed
  };
  void give(const Orders& orders);  // replaces earlier ones, even if it has not seen them yet
  void dismiss();                   // ends it, and nothing else

 private:
  CommandGuard(pid_t pid, Descriptor pidfd, Descriptor unseen, Descriptor orders)
      : pid_(pid), pidfd_(std::move(pidfd)), unseen_(std::move(unseen)), orders_(std::move(orders)) {}

  pid_t pid_;
  Descriptor pidfd_;
  Descriptor unseen_, orders_;  // the pipe's ends
};

// This process was started as a guard.
bool is_command_guard(int count, const char* const* arguments);
[[noreturn]] void run_command_guard();

}  // namespace remaphore
