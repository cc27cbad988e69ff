#include "io/stderr_log.h"

#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <utility>

namespace remaphore {

namespace {

constexpr std::chrono::milliseconds kLastLines{200};
constexpr int kError = 3, kNotice = 5, kDebug = 7;  // as of syslog(3)

// JOURNAL_STREAM is DEVICE:INODE of the journal's stream, which may no longer be our standard error.
bool stderr_is_the_journal() {
  const char* stream = std::getenv("JOURNAL_STREAM");
  struct stat status {};
  return stream != nullptr && fstat(STDERR_FILENO, &status) == 0 &&
         fmt::format("{}:{}", status.st_dev, status.st_ino) == stream;
}

}  // namespace

StderrLog::StderrLog(std::string_view program, Level level)
    : program_(program), level_(level), to_journal_(stderr_is_the_journal()), queue_(STDERR_FILENO) {}

void StderrLog::error(std::string_view line) { log(kError, line); }

void StderrLog::notice(std::string_view line) {
  if (level_ != Level::kQuiet) log(kNotice, line);
}

void StderrLog::verbose(std::string_view line) {
  if (level_ != Level::kVerbose || !verbose_limit_.allow(std::chrono::steady_clock::now())) return;
  if (const auto held_back = verbose_limit_.take_suppressed()) {
    log(kDebug, fmt::format("{} more such lines were not shown", held_back));
  }
  log(kDebug, line);
}

void StderrLog::ready() { write(prefix(kNotice) + "Ready\n"); }

std::string StderrLog::prefix(int priority) const { return to_journal_ ? fmt::format("<{}>", priority) : ""; }

void StderrLog::log(int priority, std::string_view line) {
  write(fmt::format("{}{}: {}\n", prefix(priority), program_, line));
}

void StderrLog::write(std::string line) {
  queue_.flush();
  report_lost();
  if (dropped_ > 0 || queue_.size() + line.size() > kMaxWaiting) {
    ++dropped_;
    return;
  }
  queue_.add(std::move(line));
  queue_.flush();
}

// Reports the dropped lines in their place, once there is room again.
void StderrLog::report_lost() {
  if (dropped_ == 0 || queue_.size() > 0) return;
  queue_.add(fmt::format("{}{}: {} lines were lost, nobody read standard error\n", prefix(kError), program_, dropped_));
  dropped_ = 0;
  queue_.flush();
}

void StderrLog::finish() {
  if (queue_.size() == 0) return;
  const MonotonicTime deadline = std::chrono::steady_clock::now() + kLastLines;
  queue_.finish(deadline);
  report_lost();
  queue_.finish(deadline);
}

void StderrLog::prepare(PollSet& set) {
  report_lost();
  queue_.prepare(set);
}

}  // namespace remaphore
