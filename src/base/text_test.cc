#include "base/text.h"

#include <gtest/gtest.h>

namespace remaphore {
namespace {

TEST(TextTest, EscapesEveryControlByte) {
  for (int c = 0; c < 0x20; ++c) {
    const std::string escaped = escape_control(std::string(1, static_cast<char>(c)));
    EXPECT_EQ(escaped.size(), 4u) << c;
    EXPECT_EQ(escaped.substr(0, 2), "\\x") << c;
  }
  EXPECT_EQ(escape_control("\x1b[31m\x7f"), "\\x1b[31m\\x7f");
}

TEST(TextTest, EscapesTheControlCharactersBeyondAscii) {
  // U+009B is a terminal's CSI in one character.
  EXPECT_EQ(escape_control("a\xc2\x9b"
                           "1m"),
            "a\\xc2\\x9b1m");
  EXPECT_EQ(escape_control("\xc2\x80\xc2\x9f", Layout::kKept), "\\xc2\\x80\\xc2\\x9f");
  EXPECT_EQ(escape_control("\xc2\xa0 \xc3\xa4 \xc2"), "\xc2\xa0 \xc3\xa4 \xc2");
}

TEST(TextTest, EscapesWhatCannotBeSeen) {
  EXPECT_EQ(escape_control("\u202egnp.exe"), "\\xe2\\x80\\xaegnp.exe");  // right to left from here
  for (const std::string hidden :
       {"\u00ad", "\u034f", "\u061c", "\u115f", "\u180e", "\u200b", "\u200c", "\u200d",     "\u200e",    "\u200f",
        "\u2028", "\u2029", "\u202a", "\u202b", "\u202c", "\u202d", "\u202e", "\u2060",     "\u2064",    "\u2066",
        "\u2067", "\u2068", "\u2069", "\u206f", "\u3164", "\ufeff", "\ufff9", "\U000e0001", "\U000e0041"}) {
    for (const Layout layout : {Layout::kEscaped, Layout::kKept}) {
      EXPECT_EQ(escape_control("a" + hidden + "b", layout).find(hidden), std::string::npos) << hidden;
      EXPECT_EQ(escape_control("a" + hidden + "b", layout).size(), 2 + 4 * hidden.size()) << hidden;
    }
    EXPECT_EQ(quote(hidden), "\"" + escape_control(hidden) + "\"");
  }
}

TEST(TextTest, KeepsWhatCanBeSeen) {
  for (const char* shown : {"größe", "日本語", "e\u0301", "\u2764\ufe0f", "\U0001f600", "✔", "\u2010", "\u00a1"}) {
    EXPECT_EQ(escape_control(shown), shown);
    EXPECT_EQ(quote(shown), "\"" + std::string(shown) + "\"");
  }
}

TEST(TextTest, EscapesAllBeyondAsciiForATerminalWithoutUtf8) {
  EXPECT_EQ(escape_beyond_ascii("\u259b1m\n\t"), "\\xe2\\x96\\x9b1m\n\t");  // 9b alone is CSI
  EXPECT_EQ(escape_beyond_ascii("plain \x1b"), "plain \x1b");
}

TEST(TextTest, KeepsNewlineAndTabOnlyWhereTheLayoutCounts) {
  EXPECT_EQ(escape_control("a\n\tb\r", Layout::kKept), "a\n\tb\\x0d");
  EXPECT_EQ(escape_control("a\n\tb\r"), "a\\x0a\\x09b\\x0d");
}

TEST(TextTest, QuotesWithinOneLine) {
  EXPECT_EQ(quote("plain"), "\"plain\"");
  EXPECT_EQ(quote("say \"no\"\n"), "\"say \\\"no\\\"\\x0a\"");
  EXPECT_EQ(quote(""), "\"\"");
}

TEST(TextTest, CutsWhatItQuotes) {
  EXPECT_EQ(quote(std::string(kMaxQuoted, 'a')), "\"" + std::string(kMaxQuoted, 'a') + "\"");
  EXPECT_EQ(quote(std::string(kMaxQuoted + 1, 'a')), "\"" + std::string(kMaxQuoted, 'a') + "\"...");
}

TEST(TextTest, CutsWhatItQuotesBetweenCharacters) {
  const std::string most(kMaxQuoted - 1, 'a');
  EXPECT_EQ(quote(most + "ä"), "\"" + most + "\"...");
  EXPECT_EQ(quote(most.substr(1) + "ä"), "\"" + most.substr(1) + "ä\"");
}

TEST(TextTest, ShowsTheBlanksThatLookLikeASpace) {
  EXPECT_EQ(quote("a\u00a0b"), "\"a\\xc2\\xa0b\"");
  EXPECT_EQ(quote("a b\u3000"), "\"a b\\xe3\\x80\\x80\"");
}

TEST(TextTest, TrimsBlanksAtBothEndsOnly) {
  EXPECT_EQ(trim(" \t\r\n\v\fa b\n "), "a b");
  EXPECT_EQ(trim(" \n "), "");
  EXPECT_EQ(trim(std::string_view("\0 a", 3)), std::string_view("\0 a", 3));
}

TEST(TextTest, TrimsTheBlanksOfUnicodeToo) {
  for (const char* blank :
       {"\u0085", "\u00a0", "\u1680", "\u2000", "\u2003", "\u200a", "\u2028", "\u2029", "\u202f", "\u205f", "\u3000"}) {
    const std::string text = std::string(blank) + " a" + blank + "b\t" + blank;
    EXPECT_EQ(trim(text), std::string("a") + blank + "b");
    EXPECT_EQ(trim(blank), "");
  }
}

TEST(TextTest, TrimsNoBytesThatAreNoBlankCharacter) {
  for (const char* kept :
       {"\x85", "\xa0", "\xc2", "\x80\x80", "\xe2\x80", "\u200b", "\u2060", "\ufeff", "\u00a1", "\u2010"}) {
    EXPECT_EQ(trim(kept), kept);
  }
}

TEST(TextTest, KnowsSixBlanks) {
  std::string blanks;
  for (int c = 0; c < 256; ++c) {
    if (is_blank(static_cast<char>(c))) blanks += static_cast<char>(c);
  }
  EXPECT_EQ(blanks, "\t\n\v\f\r ");
}

}  // namespace
}  // namespace remaphore
