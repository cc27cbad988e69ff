#include "io/status_line.h"

#include <utility>

#include "base/display_text.h"

namespace remaphore {

StatusLine::StatusLine(Terminal terminal, Signals& signals, Log& log)
    : terminal_(std::move(terminal)), signals_(signals), log_(log, [this] { hide(); }) {
  signals.watch_terminal();
}

void StatusLine::show(const std::string& line) {
  changed_ = changed_ || text_ != line;
  text_ = line;
}

void StatusLine::clear() {
  text_.clear();
  changed_ = false;
  terminal_.erase();
}

void StatusLine::hide() {
  if (!terminal_.shows_anything()) return;
  terminal_.erase();
  changed_ = true;
}

void StatusLine::prepare(PollSet& set) {
  if (!changed_ || text_.empty() || terminal_.busy() || !terminal_.in_foreground()) return;
  const Screen screen = terminal_.screen();
  terminal_.draw({fit_to_columns(text_, screen.width - 1, screen.charset)});
  if (terminal_.busy()) set.wake_at(MonotonicTime::min());
  changed_ = false;
}

void StatusLine::dispatch(const PollSet&) {
  if (text_.empty()) return;  // nothing is drawn: these signals are for the command, which may share the terminal
  if (terminal_.follow(signals_)) changed_ = true;
}

}  // namespace remaphore
