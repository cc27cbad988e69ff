#include "base/display_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <iterator>

#include "base/unicode.h"
#include "base/utf8.h"

namespace remaphore {
namespace {

struct Columns {
  std::uint32_t first, last;
};

// Blocks rather than single characters: terminals' own tables differ in the details, and a cut one column early
// does no harm.
constexpr Columns kNoColumn[] = {{0x0300, 0x036f}, {0x0483, 0x0489}, {0x0591, 0x05bd}, {0x0610, 0x061a},
                                 {0x064b, 0x065f}, {0x0e34, 0x0e3a}, {0x0e47, 0x0e4e}, {0x1ab0, 0x1aff},
                                 {0x1dc0, 0x1dff}, {0x20d0, 0x20ff}, {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}};
// East Asian Wide and Fullwidth, and emoji.
constexpr Columns kTwoColumns[] = {{0x1100, 0x115f},   {0x231a, 0x231b},   {0x23e9, 0x23ec},  {0x2e80, 0x303e},
                                   {0x3041, 0x33ff},   {0x3400, 0x4dbf},   {0x4e00, 0x9fff},  {0xa000, 0xa4cf},
                                   {0xa960, 0xa97f},   {0xac00, 0xd7a3},   {0xf900, 0xfaff},  {0xfe10, 0xfe19},
                                   {0xfe30, 0xfe6f},   {0xff00, 0xff60},   {0xffe0, 0xffe6},  {0x16fe0, 0x18dff},
                                   {0x1b000, 0x1b2ff}, {0x1f000, 0x1faff}, {0x20000, 0x3fffd}};
template <std::size_t N>
bool is_in(const Columns (&ranges)[N], std::uint32_t c) {
  return std::any_of(std::begin(ranges), std::end(ranges), [c](Columns r) { return c >= r.first && c <= r.last; });
}

struct Character {
  std::size_t bytes;
  std::uint32_t code;
  bool valid;
};

// The first character of `text`; a byte that is part of none stands alone.
Character first_character(std::string_view text) {
  const std::size_t bytes = utf8::character_size(text);
  if (bytes == 0) return {.bytes = 1, .code = static_cast<unsigned char>(text.front()), .valid = false};
  return {.bytes = bytes, .code = utf8::code_point(text, bytes), .valid = true};
}

std::size_t columns_of_code(std::uint32_t code) {
  return is_in(kNoColumn, code) ? 0 : is_in(kTwoColumns, code) ? 2 : 1;
}

bool may_be_shown(const Character& c, Charset charset) {
  if (!c.valid || c.code < 0x20 || c.code == 0x7f) return false;
  return c.code < 0x7f || (charset == Charset::kUtf8 && !is_invisible(c.code));
}

}  // namespace

std::string fit_to_columns(std::string_view text, std::size_t columns, Charset charset) {
  std::string shown;
  std::size_t used = 0;
  std::size_t room_for_mark = 0;  // where `shown` is cut if more comes than fits
  while (!text.empty()) {
    const Character c = first_character(text);
    std::string piece;
    std::size_t width = 0;
    if (may_be_shown(c, charset)) {
      piece = text.substr(0, c.bytes);
      width = columns_of_code(c.code);
    } else {
      for (const char byte : text.substr(0, c.bytes))
        piece += fmt::format("\\x{:02x}", static_cast<unsigned char>(byte));
      width = piece.size();
    }
    if (used + width > columns) {
      shown.resize(room_for_mark);
      return columns == 0 ? "" : shown + (charset == Charset::kUtf8 ? "…" : "~");
    }
    shown += piece;
    used += width;
    if (used < columns) room_for_mark = shown.size();
    text.remove_prefix(c.bytes);
  }
  return shown;
}

std::size_t columns_of(std::string_view text) {
  std::size_t columns = 0;
  while (!text.empty()) {
    if (text.front() == '\x1b') {
      const std::size_t end = text.find('m');
      text.remove_prefix(end == text.npos ? text.size() : end + 1);
      continue;
    }
    const Character c = first_character(text);
    columns += columns_of_code(c.code);
    text.remove_prefix(c.bytes);
  }
  return columns;
}

}  // namespace remaphore
