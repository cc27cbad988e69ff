#include "base/json_scanner.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace remaphore {
namespace {

using Token = JsonScanner::Token;

std::vector<Token> tokens(std::string_view json) {
  JsonScanner scanner(json);
  std::vector<Token> all;
  do {
    all.push_back(scanner.next());
  } while (all.back() != Token::kEnd && all.back() != Token::kInvalid);
  return all;
}

// The text that `json` is, or "refused".
std::string text_of(std::string_view json) {
  JsonScanner scanner(json);
  if (scanner.next() != Token::kText) return "refused";
  std::string text(scanner.text());
  return scanner.next() == Token::kEnd ? text : "refused";
}

TEST(JsonScannerTest, CutsEveryKindOfToken) {
  EXPECT_EQ(tokens("{ } [\t] : ,\r\n\"x\" 1 1.5 true false null"),
            (std::vector<Token>{Token::kBeginObject, Token::kEndObject, Token::kBeginArray, Token::kEndArray,
                                Token::kColon, Token::kComma, Token::kText, Token::kInteger, Token::kNumber,
                                Token::kTrue, Token::kFalse, Token::kNull, Token::kEnd}));
  EXPECT_EQ(tokens(""), std::vector<Token>{Token::kEnd});
  EXPECT_EQ(tokens("\xef\xbb\xbf{"), (std::vector<Token>{Token::kBeginObject, Token::kEnd}));
}

TEST(JsonScannerTest, KnowsIntegersOf64BitsFromOtherNumbers) {
  for (const auto& [json, value] : {std::pair<const char*, std::int64_t>{"0", 0},
                                    {"-0", 0},
                                    {"-1", -1},
                                    {"9223372036854775807", std::numeric_limits<std::int64_t>::max()},
                                    {"-9223372036854775808", std::numeric_limits<std::int64_t>::min()}}) {
    JsonScanner scanner(json);
    EXPECT_EQ(scanner.next(), Token::kInteger) << json;
    EXPECT_EQ(scanner.integer(), value);
  }
  for (const char* json : {"9223372036854775808", "-9223372036854775809", "1e0", "0.0", "-1.5E+3", "1e-999"}) {
    EXPECT_EQ(tokens(json), (std::vector<Token>{Token::kNumber, Token::kEnd})) << json;
  }
  for (const char* json : {"-", "+1", ".5", "1.", "1.e1", "1e", "1e+", "-x", "0x"}) {
    EXPECT_EQ(tokens(json).back(), Token::kInvalid) << json;
  }
}

TEST(JsonScannerTest, FindsWhatIsNotPlainInAnyPlaceOfAText) {
  for (std::size_t length = 1; length < 20; ++length) {
    for (std::size_t i = 0; i < length; ++i) {
      const std::string plain(length, 'x'), before(i, 'x'), behind(length - i - 1, 'x');
      EXPECT_EQ(text_of('"' + plain + '"'), plain);
      EXPECT_EQ(text_of('"' + before + "\x7f" + behind + '"'), before + "\x7f" + behind);
      EXPECT_EQ(text_of('"' + before + "\\\\" + behind + '"'), before + "\\" + behind);
      EXPECT_EQ(text_of('"' + before + "\xc3\xa4" + behind + '"'), before + "\xc3\xa4" + behind);
      for (const char wrong : {'\0', '\n', '\x1f', '"', '\\', '\x80', '\xa2', '\xdc', '\xff'}) {
        EXPECT_EQ(text_of('"' + before + wrong + "x" + behind + '"'), "refused") << length << ' ' << i << ' ' << wrong;
      }
    }
  }
}

TEST(JsonScannerTest, ATextWithoutEscapesIsAViewOfTheInput) {
  const std::string_view json = "\"a\xc3\xa4\x7f\"";
  JsonScanner scanner(json);
  ASSERT_EQ(scanner.next(), Token::kText);
  EXPECT_EQ(scanner.text(), "a\xc3\xa4\x7f");
  EXPECT_EQ(scanner.text().data(), json.data() + 1);
}

TEST(JsonScannerTest, ReadsEveryEscape) {
  EXPECT_EQ(text_of(R"("\"\\\/\b\f\n\r\t")"), "\"\\/\b\f\n\r\t");
  EXPECT_EQ(text_of(R"("x\u0041y\u00e4\u20AC\ud83d\ude00z")"), "xAy\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80z");
  EXPECT_EQ(text_of(R"("\u0000")"), std::string(1, '\0'));
  EXPECT_EQ(text_of(R"("\n")"), "\n");
  EXPECT_EQ(text_of(R"("")"), "");
}

TEST(JsonScannerTest, RefusesTextsThatAreNone) {
  for (const char* json : {"\"",
                           "\"x",
                           "\"\\\"",
                           "\"\\",
                           R"("\x")",
                           R"("\u12")",
                           R"("\u12g4")",
                           R"("\u+123")",
                           R"("\U0041")",
                           R"("\ud800")",
                           R"("\ud800x")",
                           R"("\ud800\n")",
                           R"("\ud800\u0041")",
                           R"("\ud800\ud800")",
                           R"("\udc00")",
                           "\"\n\"",
                           "\"\x1f\"",
                           "\"\x80\"",
                           "\"\xc3\"",
                           "\"\xc0\x80\"",
                           "\"\xed\xa0\x80\"",
                           "\"\xf5\x80\x80\x80\""}) {
    EXPECT_EQ(text_of(json), "refused") << json;
  }
  EXPECT_EQ(text_of(std::string_view("\"\0\"", 3)), "refused");
}

TEST(JsonScannerTest, RefusesOtherWords) {
  for (const char* json : {"tru", "True", "nul", "falsch", "NaN", "'x'", "//", "\v", "\x80"}) {
    EXPECT_EQ(tokens(json), std::vector<Token>{Token::kInvalid}) << json;
  }
}

}  // namespace
}  // namespace remaphore
