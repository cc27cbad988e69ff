#include "io/input_watch.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

namespace remaphore {
namespace {

bool can_be_closed_by_others() {
  struct stat status {};
  if (fstat(STDIN_FILENO, &status) != 0) return false;
  return S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode) || isatty(STDIN_FILENO) == 1;
}

bool is_ours_to_read() {
  const pid_t group = tcgetpgrp(STDIN_FILENO);
  return group < 0 || group == getpgrp();
}

}  // namespace

InputWatch::InputWatch(Signals& signals) : says_something_(can_be_closed_by_others()) {
  signals.watch_terminal();  // SIGCONT: perhaps in the foreground now
}

void InputWatch::prepare(PollSet& set) {
  if (says_something_ && !at_end_ && is_ours_to_read()) set.add(STDIN_FILENO, POLLIN);
}

void InputWatch::dispatch(const PollSet& set) {
  if (set.ready(STDIN_FILENO) == 0 || !is_ours_to_read()) return;
  char dropped[4096];
  const ssize_t got = read(STDIN_FILENO, dropped, sizeof dropped);
  at_end_ = got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR);
}

}  // namespace remaphore
