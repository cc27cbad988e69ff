#include "io/terminal.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>

#include "base/display_text.h"
#include "io/locale.h"

namespace remaphore {
namespace {

constexpr std::size_t kMaxColumns = 500, kMaxLines = 500;  // if a terminal reports more

std::string_view variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

// Terminals that are known to rewrap their lines at a resize, recognized by what they set in the environment.
bool rewraps_lines() {
  for (const char* mark : {"TMUX", "VTE_VERSION", "KONSOLE_VERSION", "KITTY_WINDOW_ID", "WT_SESSION", "TERM_PROGRAM"}) {
    if (!variable(mark).empty()) return true;
  }
  const std::string_view kind = variable("TERM");
  for (const std::string_view family : {"tmux", "alacritty", "foot", "xterm-kitty", "xterm-ghostty", "wezterm"}) {
    if (kind.starts_with(family)) return true;
  }
  return false;
}

}  // namespace

std::optional<Terminal> Terminal::on_stderr(OutputQueue& queue) {
  const std::string_view kind = variable("TERM");
  if (isatty(STDERR_FILENO) != 1 || kind.empty() || kind == "dumb") return std::nullopt;
  Terminal terminal(queue);
  terminal.known_.charset = locale_is_utf8() ? Charset::kUtf8 : Charset::kAscii;
  terminal.rewraps_ = rewraps_lines();
  terminal.known_.color = variable("NO_COLOR").empty();
  return terminal;
}

Screen Terminal::screen() const {
  Screen screen = known_;
  winsize size{};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_row > 0) {
    screen.width = std::min<std::size_t>(size.ws_col, kMaxColumns);
    screen.height = std::min<std::size_t>(size.ws_row, kMaxLines);
  }
  return screen;
}

bool Terminal::may_show_stdout() {
  struct stat status {};
  if (fstat(STDOUT_FILENO, &status) != 0 || S_ISREG(status.st_mode)) return false;
  return !S_ISCHR(status.st_mode) || isatty(STDOUT_FILENO) == 1;
}

bool Terminal::in_foreground() const {
  const pid_t group = tcgetpgrp(STDERR_FILENO);
  return group < 0 || group == getpgrp();  // not our controlling terminal: there is no background
}

std::size_t Terminal::rows_drawn() const {
  if (!rewraps_) return drawn_.size();
  const std::size_t width = screen().width;
  std::size_t rows = 0;
  for (const std::string& line : drawn_) rows += std::max<std::size_t>(1, (columns_of(line) + width - 1) / width);
  return rows;
}

bool Terminal::follow(Signals& signals) {
  const bool resized = signals.take_resized(), resumed = signals.take_resumed();
  if (resized) stale_ = true;
  if (resumed) forget();
  return resized || resumed;
}

void Terminal::draw(const std::vector<std::string>& lines) {
  if (lines == drawn_ && !stale_) return;
  // The cursor is below the old lines: on a screen that has been made lower, some have left at the top.
  const std::size_t before = drawn_.empty() ? 0 : std::min(rows_drawn(), screen().height - 1);
  std::string frame = "\x1b[?25l";
  if (before > 0) frame += fmt::format("\x1b[{}A", before);
  frame += '\r';
  for (const std::string& line : lines) frame += line + "\x1b[K\r\n";
  if (before > lines.size()) {
    const std::size_t left = before - lines.size();
    for (std::size_t row = 0; row < left; ++row) frame += "\x1b[K\n";
    frame += fmt::format("\x1b[K\x1b[{}A", left);
  }
  queue_->add(frame + "\x1b[?25h");
  queue_->flush();
  drawn_ = lines;
  stale_ = false;
}

}  // namespace remaphore
