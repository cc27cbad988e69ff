// Destination patterns, implemented again from the words of doc/wire-format.md without regard to speed: the matcher is
// compared with this.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace remaphore::oracle {

using Segments = std::vector<std::string>;

// "Segments separated by dots."
inline Segments segments_of(std::string_view text) {
  Segments segments(1);
  for (const char c : text) {
    if (c == '.') {
      segments.emplace_back();
    } else {
      segments.back().push_back(c);
    }
  }
  return segments;
}

inline int stars_in(std::string_view text) {
  int stars = 0;
  for (const char c : text) stars += c == '*' ? 1 : 0;
  return stars;
}

// "'*' matches any run of characters inside one segment, at most one per segment": the name begins with the text before
// it and ends with the text after it, and these two may overlap.
inline bool segment_fits(const std::string& name, const std::string& pattern) {
  if (stars_in(pattern) == 0) return name == pattern;
  if (stars_in(pattern) > 1) return false;
  std::size_t front = 0, back = 0;
  while (pattern[front] != '*') {
    if (front == name.size() || name[front] != pattern[front]) return false;
    ++front;
  }
  while (pattern[pattern.size() - 1 - back] != '*') {
    if (back == name.size() || name[name.size() - 1 - back] != pattern[pattern.size() - 1 - back]) return false;
    ++back;
  }
  return true;
}

// Segment by segment, from these on.
inline bool fits_from(const Segments& name, std::size_t i, const Segments& pattern, std::size_t k) {
  if (k == pattern.size()) return i == name.size();
  if (pattern[k] == "**") {  // "legal only as the last segment and matches one or more segments"
    return k + 1 == pattern.size() && i < name.size();
  }
  return i < name.size() && segment_fits(name[i], pattern[k]) && fits_from(name, i + 1, pattern, k + 1);
}

// "A node's own name containing '*' never matches anything."
inline bool matches(const Segments& name, const Segments& pattern) {
  for (const std::string& segment : name) {
    if (stars_in(segment) > 0) return false;
  }
  return fits_from(name, 0, pattern, 0);
}

}  // namespace remaphore::oracle
