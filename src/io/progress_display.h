// Progress on the terminal of standard error: the picture of core/progress_layout, drawn when something happened, ten
// times a second at most, and once a second for the clock. Records and log lines that go to the same terminal push it
// aside: it is taken away, they are printed, it is drawn again below them.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/rate_limit.h"
#include "core/progress_layout.h"
#include "io/event_loop.h"
#include "io/terminal.h"
#include "ports/clock.h"
#include "ports/log.h"
#include "ports/progress.h"
#include "ports/record_output.h"

namespace remaphore {

class ProgressDisplay : public Progress, public EventSource {
 public:
  // All outlive the display, which is the last source of the loop: it draws when the others have written.
  ProgressDisplay(Terminal terminal, Signals& signals, const Clock& clock, RecordOutput& records, Log& log);
  ~ProgressDisplay() override { terminal_.erase(); }

  // `log` and `records` for those who write while the picture is shown.
  Log& log() { return log_; }
  RecordOutput& records() { return records_; }

  void asked(const std::vector<const Peer*>& awaited, std::optional<Duration> timeout) override;
  void answered(const Peer& peer, std::string_view exit_status, Duration latency) override;
  void ended(bool enough) override;  // the last picture stays

  void prepare(PollSet& set) override;
  void dispatch(const PollSet& set) override;

 private:
  class LogAbove : public Log {
   public:
    LogAbove(Log& below, ProgressDisplay& display) : log_(below), display_(display) {}
    void error(std::string_view line) override { display_.step_aside(), log_.error(line); }
    void failure(std::string_view line, ExitStatus status) override {
      display_.step_aside(), log_.failure(line, status);
    }
    void notice(std::string_view line) override { display_.step_aside(), log_.notice(line); }
    void verbose(std::string_view line) override {
      if (is_verbose()) display_.step_aside(), log_.verbose(line);
    }
    bool is_verbose() const override { return log_.is_verbose(); }
    void ready() override { display_.step_aside(), log_.ready(); }

   private:
    Log& log_;
    ProgressDisplay& display_;
  };

  class RecordsAbove : public RecordOutput {
   public:
    RecordsAbove(RecordOutput& below, ProgressDisplay& display) : records_(below), display_(display) {}
    void write(std::string record) override;
    bool may_write() const override { return held_.empty() && records_.may_write(); }
    void flush() override { records_.flush(); }
    bool idle() const override { return held_.empty() && records_.idle(); }
    // Writes what was held back while the picture had not been taken away.
    void release();
    std::optional<Error> failure() const override { return records_.failure(); }
    bool is_terminal() const override { return records_.is_terminal(); }

   private:
    RecordOutput& records_;
    ProgressDisplay& display_;
    std::string held_;
  };

  void step_aside();
  void draw();
  MonotonicTime next_second() const;

  Terminal terminal_;
  Signals& signals_;
  const Clock& clock_;
  RequestState state_;
  std::unordered_map<const Peer*, std::size_t> rows_;  // of state_.responders
  MonotonicTime asked_at_{}, drawn_at_{}, not_before_{};
  bool changed_ = false;       // since it was drawn
  RateLimit redraws_{30, 10};  // of those that records and log lines cause
  const bool records_may_show_ = Terminal::may_show_stdout();
  LogAbove log_;
  RecordsAbove records_;
};

}  // namespace remaphore
