// Lines and records on their way to standard output or standard error: what the reader does not take now waits here, in
// order, and is written when it does. The loop is never kept waiting (output_descriptor.h).
//
// On a terminal that does not read UTF-8, by the locale, bytes beyond ASCII are escaped.
#pragma once

#include <cstddef>
#include <deque>
#include <string>

#include "base/deadline.h"
#include "io/event_loop.h"
#include "io/output_descriptor.h"

namespace remaphore {

class OutputQueue : public EventSource {
 public:
  explicit OutputQueue(int fd) : target_(fd) {}

  // One or more whole lines or records. They stay in one piece in a pipe that others write to as well, if they are no
  // longer than PIPE_BUF.
  void add(std::string text);
  // Writes what the reader takes now.
  void flush();
  // Bytes that have not been written.
  std::size_t size() const { return size_; }
  // What waits was offered, and the reader did not take all of it.
  bool blocked() const { return blocked_; }
  // Of write(2), errno: what waited then is lost. 0: none.
  int error() const { return error_; }
  OutputDescriptor& target() { return target_; }

  // Outside the loop: writes until nothing waits, an error or the deadline. SIGTERM, SIGINT and SIGHUP end the process
  // meanwhile, also if they are blocked.
  void finish(Deadline deadline);

  // In the loop; what was not flushed yet is not written by it.
  void prepare(PollSet& set) override;
  void dispatch(const PollSet& set) override;

 private:
  void flush_when_writable();

  OutputDescriptor target_;
  std::deque<std::string> batches_;  // each of at most PIPE_BUF bytes, or one record
  std::size_t written_ = 0;          // of the first
  std::size_t size_ = 0;
  bool blocked_ = false;
  int error_ = 0;
  MonotonicTime not_before_{};  // it was writable to poll(2), and took nothing: not to be polled again before
};

}  // namespace remaphore
