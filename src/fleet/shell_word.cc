#include "fleet/shell_word.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace remaphore::fleet {
namespace {

// Whether it is not special anywhere in a word: bytes above ASCII are letters of names.
bool is_plain(char c) {
  const bool alphanumeric = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
  return alphanumeric || static_cast<unsigned char>(c) >= 0x80 ||
         std::string_view("/._-+,:@%").find(c) != std::string_view::npos;
}

std::string with_escapes(std::string_view text) {
  std::string word = "$'";
  for (const char c : text) {
    if (c < 0x20 || c > 0x7e) {
      word += fmt::format("\\{:03o}", static_cast<unsigned char>(c));
    } else {
      if (c == '\'' || c == '\\') word += '\\';
      word += c;
    }
  }
  return word + '\'';
}

}  // namespace

std::string shell_word(std::string_view text) {
  if (escape_control(text) != text) return with_escapes(text);
  if (!text.empty() && std::all_of(text.begin(), text.end(), is_plain)) return std::string(text);
  std::string word = "'";
  for (const char c : text) {
    if (c == '\'') {
      word += "'\\''";
    } else {
      word += c;
    }
  }
  return word + '\'';
}

std::string shell_path(std::string_view path) {
  return shell_word(path.starts_with('-') ? fmt::format("./{}", path) : std::string(path));
}

}  // namespace remaphore::fleet
