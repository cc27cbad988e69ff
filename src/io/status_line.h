// StatusView on the terminal of standard error: one line, redrawn when it has changed or the terminal
// was resized, and erased before log lines.
#pragma once

#include <string>

#include "io/event_loop.h"
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
  class LogAbove : public Log {
   public:
    LogAbove(Log& below, StatusLine& line) : log_(below), line_(line) {}
    void error(std::string_view line) override { line_.hide(), log_.error(line); }
    void failure(std::string_view line, ExitStatus status) override { line_.hide(), log_.failure(line, status); }
    void notice(std::string_view line) override { line_.hide(), log_.notice(line); }
    void verbose(std::string_view line) override {
      if (is_verbose()) line_.hide(), log_.verbose(line);
    }
    bool is_verbose() const override { return log_.is_verbose(); }
    void ready() override { line_.hide(), log_.ready(); }

   private:
    Log& log_;
    StatusLine& line_;
  };
  void hide();

  Terminal terminal_;
  Signals& signals_;
  LogAbove log_;
  std::string text_;
  bool changed_ = false;
};

}  // namespace remaphore
