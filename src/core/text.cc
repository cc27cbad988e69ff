#include "core/text.h"

#include <fmt/format.h>

namespace remaphore {
namespace {

void append_escaped(std::string& out, unsigned char c) { fmt::format_to(std::back_inserter(out), "\\x{:02x}", c); }

}  // namespace

bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

std::string escape_control(std::string_view text, bool keep_layout) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const bool layout = c == '\n' || c == '\t';
    // U+0080 to U+009F, which terminals take for control sequences, are C2 80 to C2 9F in UTF-8.
    const bool c1 = c == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) >= 0x80 &&
                    static_cast<unsigned char>(text[i + 1]) < 0xa0;
    if (c1) {
      append_escaped(out, c);
      append_escaped(out, static_cast<unsigned char>(text[++i]));
    } else if ((c < 0x20 && !(layout && keep_layout)) || c == 0x7f) {
      append_escaped(out, c);
    } else {
      out.push_back(text[i]);
    }
  }
  return out;
}

std::string quote(std::string_view text) {
  std::string out = "\"";
  for (const char c : escape_control(text.substr(0, kMaxQuoted), false)) {
    if (c == '"') out.push_back('\\');
    out.push_back(c);
  }
  out += text.size() > kMaxQuoted ? "\"..." : "\"";
  return out;
}

}  // namespace remaphore
