// RecordOutput on standard output. Short records are collected up to PIPE_BUF bytes, until flush() or the next wait.
// A pipe whose reader is slow gets at most what poll says it takes, so that a write never blocks; O_NONBLOCK would do
// it too, but is shared with every other process on the same pipe.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "io/event_loop.h"
#include "ports/record_output.h"

namespace remaphore {

class StdoutWriter : public RecordOutput, public EventSource {
 public:
  StdoutWriter();

  void write(std::string record) override;
  bool may_write() const override { return !blocked_ && !failure_; }
  void flush() override {
    if (!pending_.empty() && !blocked_) drain();
  }
  // Writes the rest outside the loop. A reader that has not taken it within ten seconds is a failure.
  void finish();
  bool idle() const override { return pending_.empty(); }
  std::optional<Error> failure() const override { return failure_; }
  bool is_terminal() const override { return terminal_; }

  void prepare(PollSet& set) override;
  void dispatch(const PollSet& set) override;

 private:
  static constexpr std::chrono::seconds kPatience{10};

  void drain();

  std::string pending_;
  std::size_t written_ = 0;  // of pending_
  bool blocked_ = false;     // the reader does not take pending_ now
  std::optional<Error> failure_;
  bool terminal_;
  bool regular_;  // a file: never blocks
};

// Writes all of `text` to standard output, blocking. Errc::kRuntime if it cannot be written.
Result<void> print(std::string_view text);

}  // namespace remaphore
