#include "fleet/marked_lines.h"

#include "base/text.h"

namespace remaphore::fleet {

Lines find_lines(std::string_view text, std::string_view first, std::string_view last) {
  Lines lines;
  bool open = false;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t newline = text.find('\n', at);
    const std::size_t next = newline == text.npos ? text.size() : newline + 1;
    const std::string_view line = trim(text.substr(at, next - at));
    if (line.starts_with(first)) {
      if (lines.begin != text.npos) return {};
      lines.begin = at;
      open = true;
    }
    if (line.starts_with(last)) {
      if (!open) return {};
      lines.end = next;
      open = false;
    }
    at = next;
  }
  lines.exactly_one = lines.begin != text.npos && !open;
  return lines;
}

bool has_line(std::string_view text, std::string_view start) {
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    if (trim(text.substr(0, end)).starts_with(start)) return true;
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
  }
  return false;
}

std::string replace_lines(std::string_view text, const Lines& lines, std::string_view by) {
  std::string out;
  out.reserve(text.size() + by.size());  // no copies of a private key left behind by growing
  out += text.substr(0, lines.begin);
  out += by;
  out += text.substr(lines.end);
  return out;
}

}  // namespace remaphore::fleet
