#include "io/stderr_log.h"

#include <limits.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

namespace remaphore {

namespace {

constexpr int kError = 3, kNotice = 5, kDebug = 7;  // as of syslog(3)

// JOURNAL_STREAM is DEVICE:INODE of the journal's stream, which need not be ours any more.
bool stderr_is_the_journal() {
  const char* stream = std::getenv("JOURNAL_STREAM");
  struct stat status {};
  return stream != nullptr && fstat(STDERR_FILENO, &status) == 0 &&
         fmt::format("{}:{}", status.st_dev, status.st_ino) == stream;
}

}  // namespace

StderrLog::StderrLog(std::string_view program, Level level)
    : program_(program), level_(level), to_journal_(stderr_is_the_journal()) {}

void StderrLog::error(std::string_view line) { say(kError, line); }

void StderrLog::notice(std::string_view line) {
  if (level_ != Level::kQuiet) say(kNotice, line);
}

void StderrLog::verbose(std::string_view line) {
  if (level_ != Level::kVerbose || !verbose_limit_.allow(std::chrono::steady_clock::now())) return;
  if (const auto held_back = verbose_limit_.take_held_back()) {
    say(kDebug, fmt::format("{} more such lines were not shown", held_back));
  }
  say(kDebug, line);
}

void StderrLog::ready() { write(prefix(kNotice) + "Ready\n"); }

std::string StderrLog::prefix(int priority) const { return to_journal_ ? fmt::format("<{}>", priority) : ""; }

void StderrLog::say(int priority, std::string_view line) {
  write(fmt::format("{}{}: {}\n", prefix(priority), program_, line));
}

void StderrLog::write(std::string text) {
  if (dropped_ > 0) {
    text = fmt::format("{}{}: {} lines were lost, standard error was not read\n", prefix(kError), program_, dropped_) +
           text;
  }
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
