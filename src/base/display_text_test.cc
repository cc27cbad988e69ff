#include "base/display_text.h"

#include <gtest/gtest.h>

namespace remaphore {
namespace {

TEST(DisplayTextTest, KeepsWhatFits) {
  EXPECT_EQ(fit_to_columns("com.example.left", 16, Charset::kUtf8), "com.example.left");
  EXPECT_EQ(fit_to_columns("com.example.left", 80, Charset::kAscii), "com.example.left");
  EXPECT_EQ(fit_to_columns("", 0, Charset::kUtf8), "");
  EXPECT_EQ(fit_to_columns("größe", 5, Charset::kUtf8), "größe");
}

TEST(DisplayTextTest, CutsWithAMark) {
  EXPECT_EQ(fit_to_columns("com.example.left", 15, Charset::kUtf8), "com.example.le…");
  EXPECT_EQ(fit_to_columns("com.example.left", 15, Charset::kAscii), "com.example.le~");
  EXPECT_EQ(fit_to_columns("ab", 1, Charset::kUtf8), "…");
  EXPECT_EQ(fit_to_columns("ab", 0, Charset::kUtf8), "");
}

TEST(DisplayTextTest, CountsWideCharactersTwiceAndCombiningOnesNot) {
  EXPECT_EQ(columns_of("日本"), 4u);
  EXPECT_EQ(columns_of("e\u0301"), 1u);
  EXPECT_EQ(columns_of("✔·…━"), 4u);
  EXPECT_EQ(columns_of("\x1b[32m✔ ok\x1b[0m x"), 6u);
  EXPECT_EQ(columns_of("a\x1b["), 1u);
  EXPECT_EQ(fit_to_columns("日本語", 6, Charset::kUtf8), "日本語");
  EXPECT_EQ(fit_to_columns("日本語", 5, Charset::kUtf8), "日本…");
  EXPECT_EQ(fit_to_columns("日本語", 4, Charset::kUtf8), "日…");
  EXPECT_EQ(fit_to_columns("日本語", 1, Charset::kUtf8), "…");
  EXPECT_EQ(fit_to_columns("e\u0301e\u0301", 2, Charset::kUtf8), "e\u0301e\u0301");
}

TEST(DisplayTextTest, EscapesWhatATerminalWouldObey) {
  EXPECT_EQ(fit_to_columns("a\x1b[2Jb\n\t\x7f", 80, Charset::kUtf8), "a\\x1b[2Jb\\x0a\\x09\\x7f");
  EXPECT_EQ(fit_to_columns("\u0085\u009b", 80, Charset::kUtf8), "\\xc2\\x85\\xc2\\x9b");
  EXPECT_EQ(fit_to_columns("\u202egnp", 80, Charset::kUtf8), "\\xe2\\x80\\xaegnp");  // right to left from here
  EXPECT_EQ(fit_to_columns("a\u200bb", 80, Charset::kUtf8), "a\\xe2\\x80\\x8bb");    // zero width
}

TEST(DisplayTextTest, EscapesWhatIsNoUtf8) {
  EXPECT_EQ(fit_to_columns("\xff\xc3", 80, Charset::kUtf8), "\\xff\\xc3");
  EXPECT_EQ(fit_to_columns("\xe0\x80\x80", 80, Charset::kUtf8), "\\xe0\\x80\\x80");           // overlong
  EXPECT_EQ(fit_to_columns("\xed\xa0\x80", 80, Charset::kUtf8), "\\xed\\xa0\\x80");           // a surrogate
  EXPECT_EQ(fit_to_columns("\xf4\x90\x80\x80", 80, Charset::kUtf8), "\\xf4\\x90\\x80\\x80");  // beyond the last
}

TEST(DisplayTextTest, EscapesAllButAsciiWithoutUtf8) {
  EXPECT_EQ(fit_to_columns("ö", 80, Charset::kAscii), "\\xc3\\xb6");
  EXPECT_EQ(fit_to_columns("aö", 8, Charset::kAscii), "a~");  // never half an escape
}

}  // namespace
}  // namespace remaphore
