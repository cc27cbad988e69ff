#include "io/stderr_log.h"

#include <poll.h>
#include <unistd.h>

#include <fmt/format.h>

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
  pollfd out{STDERR_FILENO, POLLOUT, 0};
  if (poll(&out, 1, 0) == 0) {  // a full pipe: the loop matters more than the line
    ++dropped_;
    return;
  }
  if (dropped_ > 0) {
    text = fmt::format("{}: {} lines were lost, standard error was not read\n", program_, dropped_) + text;
    dropped_ = 0;
  }
  // The result cannot be reported anywhere.
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
}

}  // namespace remaphore
