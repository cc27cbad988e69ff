// Finds and replaces the lines that remaphore-fleet generates in a file that people edit too. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace remaphore::fleet {

struct Lines {
  std::size_t begin = std::string_view::npos, end = 0;  // whole lines, the last newline included
  bool exactly_one = false;
};

// The lines of `text` from the one that starts with `first` to the next one that starts with `last`, if there is
// exactly one such pair and no stray line of either kind. Leading blanks are ignored.
Lines find_lines(std::string_view text, std::string_view first, std::string_view last);

// Whether any line of `text` starts with `start`.
bool has_line(std::string_view text, std::string_view start);

std::string replace_lines(std::string_view text, const Lines& lines, std::string_view by);

}  // namespace remaphore::fleet
