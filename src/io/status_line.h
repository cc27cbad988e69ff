// StatusView on the terminal of standard error: one line, redrawn when it has changed or the terminal
// was resized, and erased before log lines.
#pragma once

#include <string>

#include "io/event_loop.h"
#include "io/log_above.h"
#include "io/terminal.h"
#include "ports/log.h"
#include "ports/status_view.h"

namespace remaphore {

class StatusLine : public StatusView, public EventSource {
 public:
  // All must outlive it. It must be the last source of the loop.
  StatusLine(Terminal terminal, Signals& signals, Log& log);
  ~StatusLine() override { terminal_.erase(); }

  Log& log() { return log_; }  // for writing while the line is shown

  void show(const std::string& line) override;
  void clear() override;

  void prepare(PollSet& set) override;
  void dispatch(const PollSet& set) override;

 private:
  void hide();

  Terminal terminal_;
  Signals& signals_;
  LogAbove log_;
  std::string text_;
  bool changed_ = false;
};

}  // namespace remaphore
