// A log on a terminal that also shows a view: its lines appear above it.
#pragma once

#include <functional>
#include <string_view>
#include <utility>

#include "ports/log.h"

namespace remaphore {

class LogAbove : public Log {
 public:
  // `below` must outlive it. `hide` is called before each line, to erase the view.
  LogAbove(Log& below, std::function<void()> hide) : log_(below), hide_(std::move(hide)) {}

  void error(std::string_view line) override { hide_(), log_.error(line); }
  void failure(std::string_view line, ExitStatus status) override { hide_(), log_.failure(line, status); }
  void notice(std::string_view line) override { hide_(), log_.notice(line); }
  void verbose(std::string_view line) override {
    if (is_verbose()) hide_(), log_.verbose(line);
  }
  bool is_verbose() const override { return log_.is_verbose(); }
  void ready() override { hide_(), log_.ready(); }

 private:
  Log& log_;
  const std::function<void()> hide_;
};

}  // namespace remaphore
