#include "io/stderr_log.h"

#include <limits.h>
#include <poll.h>
#include <unistd.h>

#include <fmt/format.h>

#include <algorithm>

namespace remaphore {

void StderrLog::error(std::string_view line) { write(fmt::format("{}: {}\n", program_, line)); }

void StderrLog::notice(std::string_view line) {
  if (level_ != Level::kQuiet) write(fmt::format("{}: {}\n", program_, line));
}

void StderrLog::verbose(std::string_view line) {
  if (level_ != Level::kVerbose || !verbose_limit_.allow(std::chrono::steady_clock::now())) return;
  if (const auto held_back = verbose_limit_.take_held_back()) {
    write(fmt::format("{}: {} more such lines were not shown\n", program_, held_back));
  }
  write(fmt::format("{}: {}\n", program_, line));
}

void StderrLog::ready() { write("Ready\n"); }

void StderrLog::write(std::string text) {
  if (dropped_ > 0) text = fmt::format("{}: {} lines were lost, standard error was not read\n", program_, dropped_) + text;
  std::string_view rest = text;
  while (!rest.empty()) {
    // A pipe that is writable takes PIPE_BUF bytes at once; a full one: the loop matters more than the line.
    pollfd out{STDERR_FILENO, POLLOUT, 0};
    if (poll(&out, 1, 0) == 0) {
      ++dropped_;
      return;
    }
    const ssize_t written = ::write(STDERR_FILENO, rest.data(), std::min<std::size_t>(rest.size(), PIPE_BUF));
    if (written <= 0) return;  // there is nowhere to report it
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
  dropped_ = 0;
}

}  // namespace remaphore
