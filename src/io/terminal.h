// The terminal on standard error: what can be drawn on it, and a picture of some lines that is replaced in place.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "core/progress_layout.h"
#include "io/output_queue.h"

namespace remaphore {

class Terminal {
 public:
  // nullopt if standard error is no terminal, or one that cannot move its cursor (TERM is dumb, empty or not set).
  // UTF-8 by LC_ALL, LC_CTYPE or LANG; colours unless NO_COLOR is set.
  // `queue` is that of standard error, and outlives the terminal.
  static std::optional<Terminal> on_stderr(OutputQueue& queue);

  // With the size as it is now; 80 by 24 if it is not known.
  Screen screen() const;

  // What is written to standard output may end on this screen: it is a terminal, or a pipe to who knows where.
  static bool may_show_stdout();

  // Ours to draw on: false while we run in the background of a shell.
  bool in_foreground() const;

  // It has not taken all of what was written to it (^S).
  bool busy() const { return queue_->size() > 0; }

  // Puts the picture in the place of the last one, in one write, so that nothing flickers; the cursor stays on the line
  // below it, and is only hidden during the write. Lines are narrower than the screen and without control characters
  // other than colours.
  //
  // Old lines are erased one by one: some terminals (tmux) move what an erased screen showed to their history.
  //
  // Some terminals wrap what stands on them anew when they are made narrower, and some cut it off. Of one that we do
  // not know we take the latter: at worst some remains of ours stay, but nothing that is not ours is ever erased.
  void draw(const std::vector<std::string>& lines);
  // Takes the picture away, and leaves the cursor where it began.
  void erase() { draw({}); }
  // What was drawn stays as it is; the next picture begins at the cursor.
  void forget() { drawn_.clear(); }
  // The screen was resized: the next picture is drawn even if it is the same.
  void resized() { stale_ = true; }
  bool shows_anything() const { return !drawn_.empty(); }

 private:
  explicit Terminal(OutputQueue& queue) : queue_(&queue) {}
  std::size_t rows_drawn() const;  // as they are now, after a resize

  OutputQueue* queue_;
  Screen known_;  // but for the size
  bool rewraps_ = false;
  std::vector<std::string> drawn_;
  bool stale_ = false;
};

}  // namespace remaphore
