#include "core/destination.h"

#include <cstddef>

namespace remaphore::destination {
namespace {

struct Split {
  std::string_view first;
  std::string_view rest;
  bool last;
};

Split split_segment(std::string_view text) {
  const std::size_t dot = text.find('.');
  if (dot == std::string_view::npos) return {.first = text, .rest = {}, .last = true};
  return {.first = text.substr(0, dot), .rest = text.substr(dot + 1), .last = false};
}

bool segment_matches(std::string_view name, std::string_view pattern) {
  const std::size_t star = pattern.find('*');
  if (star == std::string_view::npos) return name == pattern;
  const std::string_view prefix = pattern.substr(0, star);
  const std::string_view suffix = pattern.substr(star + 1);
  if (suffix.find('*') != std::string_view::npos) return false;
  return name.starts_with(prefix) && name.ends_with(suffix);  // the two may overlap
}

}  // namespace

bool matches(std::string_view name, std::string_view pattern) {
  if (name.find('*') != std::string_view::npos) return false;
  while (true) {
    const Split left = split_segment(name);
    const Split right = split_segment(pattern);
    if (right.first == "**") return right.last;
    if (!segment_matches(left.first, right.first)) return false;
    if (left.last || right.last) return left.last && right.last;
    name = left.rest;
    pattern = right.rest;
  }
}

}  // namespace remaphore::destination
