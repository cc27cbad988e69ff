// Live progress of a request or a barrier on the terminal of standard error: the lines of core/progress_layout, redrawn
// when something has changed, ten times a second at most, and once a second for the clock. Before records and log lines
// are written to the same terminal the view is erased; it is redrawn below them.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/rate_limit.h"
#include "core/progress_layout.h"
#include "io/event_loop.h"
#include "io/log_above.h"
#include "io/terminal.h"
#include "ports/barrier_view.h"
#include "ports/clock.h"
#include "ports/log.h"
#include "ports/progress.h"
#include "ports/record_output.h"

namespace remaphore {

class ProgressDisplay : public Progress, public BarrierView, public EventSource {
 public:
  // All must outlive the display, which must be the last source of the loop: it draws after the others have written.
  ProgressDisplay(Terminal terminal, Signals& signals, const Clock& clock, RecordOutput& records, Log& log);
  ~ProgressDisplay() override { terminal_.erase(); }

  // `log` and `records`, for writing while the view is shown.
  Log& log() { return log_; }
  RecordOutput& records() { return records_; }

  void asked(const std::vector<const Peer*>& awaited, std::optional<Duration> timeout) override;
  void round(std::size_t number, std::size_t count, std::span<const std::string> names) override;
  void answered(const Peer& peer, std::string_view exit_status, Duration latency) override;
  void awaited(const std::vector<std::string_view>& named, std::size_t expected,
               std::optional<Duration> timeout) override;
  void outcome(std::string_view node, int exit_status, bool counted) override;
  void ended(bool enough) override;  // the final view stays

  void prepare(PollSet& set) override;
  void dispatch(const PollSet& set) override;

 private:
  class RecordsAbove : public RecordOutput {
   public:
    RecordsAbove(RecordOutput& below, ProgressDisplay& display) : records_(below), display_(display) {}
    void write(std::string record) override;
    bool may_write() const override { return held_.empty() && records_.may_write(); }
    void flush() override { records_.flush(); }
    bool idle() const override { return held_.empty() && records_.idle(); }
    // Writes what was held back until the view was erased. False: nothing was.
    bool release();
    std::optional<Error> failure() const override { return records_.failure(); }
    bool is_terminal() const override { return records_.is_terminal(); }

   private:
    RecordOutput& records_;
    ProgressDisplay& display_;
    std::string held_;
  };

  void begin(std::optional<Duration> timeout);
  std::size_t row_of(std::string_view node);  // of a barrier; made if there is none
  bool shows_anything() const { return !state_.responders.empty() || state_.expected > 0; }
  void clear();
  void draw();
  MonotonicTime next_second() const;

  Terminal terminal_;
  Signals& signals_;
  const Clock& clock_;
  RequestState state_;
  std::unordered_map<const Peer*, std::size_t> rows_;      // of state_.responders
  std::map<std::string, std::size_t, std::less<>> nodes_;  // the same, of a barrier
  MonotonicTime asked_at_{}, drawn_at_{}, not_before_{};
  bool changed_ = false;       // since it was drawn
  RateLimit redraws_{30, 10};  // after records and log lines
  const bool records_may_show_ = Terminal::may_show_stdout();
  LogAbove log_;
  RecordsAbove records_;
};

}  // namespace remaphore
