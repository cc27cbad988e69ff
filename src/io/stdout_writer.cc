#include "io/stdout_writer.h"

#include <errno.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <utility>

namespace remaphore {
namespace {

Error write_error(int number) {
  return {Errc::kRuntime, fmt::format("cannot write to standard output: {}", std::strerror(number))};
}

}  // namespace

StdoutWriter::StdoutWriter() : terminal_(isatty(STDOUT_FILENO) == 1) {
  struct stat status {};
  regular_ = fstat(STDOUT_FILENO, &status) == 0 && S_ISREG(status.st_mode);
}

void StdoutWriter::write(std::string record) {
  // Whole records as far as a pipe takes them at once: two processes that share one do not mix theirs.
  if (!blocked_ && !pending_.empty() && pending_.size() + record.size() > PIPE_BUF) drain();
  if (pending_.empty()) {
    pending_ = std::move(record);
  } else {
    pending_ += record;
  }
  const bool at_once =
      terminal_ || pending_.size() >= PIPE_BUF;  // a person watches, and who draws there takes turns with us
  if (!blocked_ && at_once) drain();
}

void StdoutWriter::drain() {
  blocked_ = true;
  while (written_ < pending_.size() && !failure_) {
    if (!regular_) {
      pollfd out{STDOUT_FILENO, POLLOUT, 0};
      if (poll(&out, 1, 0) == 0) return;
    }
    // A pipe that is writable takes PIPE_BUF bytes at once (pipe(7)).
    const std::size_t left = pending_.size() - written_;
    const std::size_t size = regular_ ? left : std::min<std::size_t>(left, PIPE_BUF);
    const ssize_t written = ::write(STDOUT_FILENO, pending_.data() + written_, size);
    if (written >= 0) {
      written_ += static_cast<std::size_t>(written);
    } else if (errno == EAGAIN || errno == EINTR) {
      return;
    } else {
      failure_ = write_error(errno);
    }
  }
  pending_.clear();
  written_ = 0;
  blocked_ = false;
}

void StdoutWriter::finish() {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!idle() && !failure_) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd out{STDOUT_FILENO, POLLOUT, 0};
    if (left.count() > 0) poll(&out, 1, static_cast<int>(left.count()));
    drain();
    if (left.count() <= 0 && !idle() && !failure_) failure_ = Error{Errc::kRuntime, "standard output is not read"};
  }
}

void StdoutWriter::prepare(PollSet& set) {
  if (pending_.empty() || failure_) return;
  if (!blocked_) {
    drain();
    set.wake_at(MonotonicTime::min());  // idle() may have become true, or failure()
  }
  if (blocked_ && !failure_) set.add(STDOUT_FILENO, POLLOUT);
}

void StdoutWriter::dispatch(const PollSet& set) {
  if (set.ready(STDOUT_FILENO) != 0) drain();
}

Result<void> print(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(STDOUT_FILENO, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return Unexpected<Error>(write_error(errno));
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

}  // namespace remaphore
