#include "base/utf8.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

namespace remaphore {
namespace {

std::string encoded(std::uint32_t point) {
  const auto byte = [](std::uint32_t value) { return static_cast<char>(value); };
  const auto tail = [&](unsigned shift) { return byte(0x80 | (point >> shift & 0x3f)); };
  if (point < 0x80) return {byte(point)};
  if (point < 0x800) return {byte(0xc0 | point >> 6), tail(0)};
  if (point < 0x10000) return {byte(0xe0 | point >> 12), tail(6), tail(0)};
  return {byte(0xf0 | point >> 18), tail(12), tail(6), tail(0)};
}

TEST(Utf8Test, TakesEveryCharacterAndNoSurrogate) {
  for (std::uint32_t point = 0; point < 0x110000; ++point) {
    const bool surrogate = point >= 0xd800 && point < 0xe000;
    const std::string text = encoded(point);
    ASSERT_EQ(utf8::character_size(text), surrogate ? 0 : text.size()) << point;
    ASSERT_EQ(utf8::character_size(text + "x"), surrogate ? 0 : text.size()) << point;
    if (surrogate) continue;
    ASSERT_EQ(utf8::code_point(text + "x", text.size()), point);
    std::string appended = "x";
    utf8::append(appended, point);
    ASSERT_EQ(appended, "x" + text);
  }
}

TEST(Utf8Test, TakesNoCharacterThatIsCutOff) {
  for (const std::uint32_t point : {0x80u, 0x7ffu, 0x800u, 0xffffu, 0x10000u, 0x10ffffu}) {
    const std::string text = encoded(point);
    for (std::size_t size = 0; size < text.size(); ++size) {
      EXPECT_EQ(utf8::character_size(text.substr(0, size)), 0u) << point;
      EXPECT_EQ(utf8::character_size(text.substr(0, size) + "aaaa"), size == 0 ? 1u : 0u) << point;
    }
  }
}

TEST(Utf8Test, TakesNoOtherBytes) {
  for (const std::string_view text :
       {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xf0\x8f\xbf\xbf", "\xed\xa0\x80", "\xf4\x90\x80\x80",
        "\xf5\x80\x80\x80", "\xff", "\xfe", "\xc2\xc2"}) {
    EXPECT_EQ(utf8::character_size(text), 0u) << static_cast<int>(static_cast<unsigned char>(text[0]));
    EXPECT_FALSE(utf8::is_valid(text));
  }
  EXPECT_TRUE(utf8::is_valid(""));
  EXPECT_TRUE(utf8::is_valid(std::string_view("a\0\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", 11)));
  EXPECT_FALSE(utf8::is_valid("a\xc3\xa4\xe2\x82"));
}

}  // namespace
}  // namespace remaphore
