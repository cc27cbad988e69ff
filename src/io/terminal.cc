#include "io/terminal.h"

#include <errno.h>
#include <fmt/format.h>
#include <limits.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>

#include "base/display_text.h"

namespace remaphore {
namespace {

constexpr std::size_t kMostColumns = 500, kMostLines = 500;  // of a terminal that tells nonsense

std::string_view variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

// The name of the locale that rules characters: locale(7).
bool speaks_utf8() {
  std::string_view name;
  for (const char* one : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    if (name = variable(one); !name.empty()) break;
  }
  std::string lower;
  for (const char c : name) lower += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return lower.find("utf-8") != std::string::npos || lower.find("utf8") != std::string::npos;
}

// Terminals that are known to wrap their lines anew at a resize, by the marks that they leave in the environment.
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

// False if nothing was written at all.
bool write_all(std::string_view text) {
  bool begun = false;
  while (!text.empty()) {
    pollfd out{STDERR_FILENO, POLLOUT, 0};
    if (!begun && poll(&out, 1, 0) <= 0) return false;  // half a picture is worse than a short wait
    const ssize_t written = ::write(STDERR_FILENO, text.data(), std::min<std::size_t>(text.size(), PIPE_BUF));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return begun;
    begun = true;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

std::optional<Terminal> Terminal::on_stderr() {
  const std::string_view kind = variable("TERM");
  if (isatty(STDERR_FILENO) != 1 || kind.empty() || kind == "dumb") return std::nullopt;
  Terminal terminal;
  terminal.known_.utf8 = speaks_utf8();
  terminal.rewraps_ = rewraps_lines();
  terminal.known_.color = variable("NO_COLOR").empty();
  return terminal;
}

Screen Terminal::screen() const {
  Screen screen = known_;
  winsize size{};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_row > 0) {
    screen.width = std::min<std::size_t>(size.ws_col, kMostColumns);
    screen.height = std::min<std::size_t>(size.ws_row, kMostLines);
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

bool Terminal::draw(const std::vector<std::string>& lines) {
  if (lines == drawn_ && !stale_) return true;
  std::string frame = "\x1b[?25l";
  if (!drawn_.empty()) frame += fmt::format("\x1b[{}A", rows_drawn());
  frame += '\r';
  for (const std::string& line : lines) frame += line + "\x1b[K\r\n";
  frame += "\x1b[J\x1b[?25h";
  if (!write_all(frame)) return false;
  drawn_ = lines;
  stale_ = false;
  return true;
}

}  // namespace remaphore
