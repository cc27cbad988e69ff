// Lines and records on their way to standard output or standard error: what the reader does not accept now waits here,
// in order, until it does. Never blocks the loop (output_descriptor.h).
//
// On a terminal whose locale is not UTF-8, bytes beyond ASCII are escaped.
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
  // Writes what the reader accepts now.
  void flush();
  // Bytes that have not been written.
  std::size_t size() const { return size_; }
  // The last write was partial: the reader did not accept everything.
  bool blocked() const { return blocked_; }
  // errno of write(2): what was waiting then is lost. 0: none.
  int error() const { return error_; }
  OutputDescriptor& target() { return target_; }

  // Outside the loop: writes until nothing waits, an error or the deadline. The stop signals (io/signals.h) still end
  // the process meanwhile, even if they are blocked.
  void finish(Deadline deadline);

  // Within the loop; writes only what was flushed.
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
  MonotonicTime not_before_{};  // writable according to poll(2), but accepted nothing: do not poll again before
};

}  // namespace remaphore
