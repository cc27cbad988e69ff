// The terminal on standard error: its size and abilities, and some lines on it that are redrawn in place.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "core/progress_layout.h"
#include "io/output_queue.h"
#include "io/signals.h"

namespace remaphore {

class Terminal {
 public:
  // nullopt if standard error is not a terminal, or one that cannot move its cursor (TERM is dumb, empty or not set).
  // UTF-8 as the locale says; colours unless NO_COLOR is set. `queue` is that of standard error, and outlives the
  // terminal.
  static std::optional<Terminal> on_stderr(OutputQueue& queue);

  // The screen with its current size, or 80 by 24 if that is unknown.
  Screen screen() const;

  // Standard output may share this screen: it is a terminal, or a pipe whose reader is unknown.
  static bool may_show_stdout();

  // False while we run in the background of a shell: then nothing may be drawn.
  bool in_foreground() const;

  // It has not accepted everything that was written to it, as after Ctrl-S.
  bool busy() const { return queue_->size() > 0; }

  // Replaces the lines drawn last, in one write to avoid flicker. The cursor is hidden meanwhile and ends on the line
  // below them. Lines are narrower than the screen and contain no control characters other than colours.
  //
  // Old lines are erased one by one: tmux moves the contents of an erased screen to its history.
  //
  // When made narrower, some terminals rewrap their lines and others cut them off. An unknown terminal is assumed to
  // cut: at worst parts of our old lines remain, but nothing else is ever erased.
  void draw(const std::vector<std::string>& lines);
  // Erases the lines, and leaves the cursor where they began.
  void erase() { draw({}); }
  // Leaves the lines as they are; the next ones begin at the cursor.
  void forget() { drawn_.clear(); }
  // Call it after waits, with signals that watch the terminal. True after a resize, and after a stop, during which the
  // shell has written below the lines: then draw them again, even if they are the same.
  bool follow(Signals& signals);
  bool shows_anything() const { return !drawn_.empty(); }

 private:
  explicit Terminal(OutputQueue& queue) : queue_(&queue) {}
  std::size_t rows_drawn() const;  // as they are now, after a resize

  OutputQueue* queue_;
  Screen known_;  // except the size
  bool rewraps_ = false;
  std::vector<std::string> drawn_;
  bool stale_ = false;
};

}  // namespace remaphore
