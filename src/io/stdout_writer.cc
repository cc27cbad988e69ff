#include "io/stdout_writer.h"

#include <errno.h>
#include <limits.h>
#include <unistd.h>

#include <fmt/format.h>

#include <chrono>
#include <cstring>
#include <utility>

namespace remaphore {
namespace {

Error write_error(int number) {
  return {Errc::kRuntime, fmt::format("cannot write to standard output: {}", std::strerror(number))};
}

}  // namespace

StdoutWriter::StdoutWriter() : queue_(STDOUT_FILENO), terminal_(queue_.target().is_terminal()) {}

void StdoutWriter::write(std::string record) {
  // Whole records, up to what a pipe takes in one piece: the records of two processes that share one do not mix.
  if (queue_.size() + record.size() > PIPE_BUF) flush();
  queue_.add(std::move(record));
  // A person is watching, and the writers on a terminal take turns.
  if (terminal_ || queue_.size() >= PIPE_BUF) flush();
}

void StdoutWriter::flush() {
  if (!queue_.blocked()) queue_.flush();
  take_error();
}

void StdoutWriter::take_error() {
  if (queue_.error() != 0 && !failure_) failure_ = write_error(queue_.error());
}

void StdoutWriter::finish(Deadline deadline) {
  if (failure_ || idle()) return;
  queue_.finish(earlier(deadline, std::chrono::steady_clock::now() + kTimeout));
  take_error();
  if (!idle() && !failure_) failure_ = Error{Errc::kRuntime, "standard output is not read"};
}

void StdoutWriter::prepare(PollSet& set) {
  if (failure_) return;
  if (!idle() && !queue_.blocked()) {
    flush();
    set.wake_at(MonotonicTime::min());  // idle() may have become true, or failure()
    if (failure_) return;
  }
  queue_.prepare(set);
  if (queue_.target().has_reader()) set.add(STDOUT_FILENO, 0);  // for POLLERR and POLLHUP
}

void StdoutWriter::dispatch(const PollSet& set) {
  queue_.dispatch(set);
  take_error();
  const bool gone = (set.ready(STDOUT_FILENO) & (POLLERR | POLLHUP)) != 0;
  if (gone && !failure_) failure_ = Error{Errc::kRuntime, "nobody reads standard output any more"};
}

Result<void> print(std::string_view text) {
  OutputQueue queue(STDOUT_FILENO);
  queue.add(std::string(text));
  queue.finish(std::nullopt);
  if (queue.error() != 0) return Unexpected<Error>(write_error(queue.error()));
  return {};
}

}  // namespace remaphore
