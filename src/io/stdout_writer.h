// RecordOutput on standard output. Short records are collected up to PIPE_BUF bytes, until flush() or the next wait.
// A reader that has gone is noticed while waiting, not at the next write.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "base/deadline.h"
#include "io/event_loop.h"
#include "io/output_queue.h"
#include "ports/record_output.h"

namespace remaphore {

class StdoutWriter : public RecordOutput, public EventSource {
 public:
  StdoutWriter();

  void write(std::string record) override;
  bool may_write() const override { return !queue_.blocked() && !failure_; }
  void flush() override;
  // Writes the rest outside the loop. A reader that has not taken it within ten seconds, or by the deadline if that is
  // earlier, is a failure. The stop signals (io/signals.h) still end the process meanwhile.
  void finish(Deadline deadline = {});
  bool idle() const override { return queue_.size() == 0; }
  std::optional<Error> failure() const override { return failure_; }
  bool is_terminal() const override { return terminal_; }

  void prepare(PollSet& set) override;
  void dispatch(const PollSet& set) override;

 private:
  static constexpr std::chrono::seconds kTimeout{10};

  void take_error();

  OutputQueue queue_;
  std::optional<Error> failure_;
  bool terminal_;
};

// Writes all of `text` to standard output, however long its reader takes; the stop signals (io/signals.h) still end the
// process meanwhile. Errc::kRuntime if it cannot be written.
Result<void> print(std::string_view text);

}  // namespace remaphore
