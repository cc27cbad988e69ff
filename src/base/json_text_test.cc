#include "base/json_text.h"

#include <gtest/gtest.h>

#include <chrono>

namespace remaphore {
namespace {

std::string text(std::string_view value) { return JsonObject().text("x", value).line(); }
std::string bytes(std::string_view value) { return JsonObject().bytes("x", value, "encoding").line(); }

TEST(JsonTextTest, IsOneObjectOnOneLineInTheOrderOfItsMembers) {
  JsonObject inner;
  inner.count("n", 3).flag("yes", true);
  EXPECT_EQ(JsonObject().line(), "{}\n");
  EXPECT_EQ(JsonObject().text("b", "x").number("a", -1).flag("f", false).object("o", inner).object("e", {}).line(),
            "{\"b\":\"x\",\"a\":-1,\"f\":false,\"o\":{\"n\":3,\"yes\":true},\"e\":{}}\n");
}

TEST(JsonTextTest, WritesEveryAsciiCharacter) {
  for (int c = 0; c < 0x80; ++c) {
    char escaped[8];
    std::snprintf(escaped, sizeof escaped, "\\u%04x", static_cast<unsigned>(c));
    std::string expected(1, static_cast<char>(c));
    if (c < 0x20 || c == 0x7f) expected = escaped;
    if (c == '\n') expected = "\\n";
    if (c == '\r') expected = "\\r";
    if (c == '\t') expected = "\\t";
    if (c == '"' || c == '\\') expected = std::string("\\") + static_cast<char>(c);
    const std::string value(1, static_cast<char>(c));
    EXPECT_EQ(text(value), "{\"x\":\"" + expected + "\"}\n") << c;
    EXPECT_EQ(bytes(value), text(value)) << c;
    EXPECT_EQ(text("a" + value + "b"), "{\"x\":\"a" + expected + "b\"}\n") << c;
  }
}

TEST(JsonTextTest, ReplacesEveryByteThatIsNoUtf8) {
  for (int c = 0x80; c < 0x100; ++c) {
    const std::string value = std::string("a") + static_cast<char>(c) + "b";
    EXPECT_EQ(text(value),
              "{\"x\":\"a\xef\xbf\xbd"
              "b\"}\n")
        << c;
  }
  EXPECT_EQ(text("\xe2\x82"), "{\"x\":\"\xef\xbf\xbd\xef\xbf\xbd\"}\n");                  // cut off
  EXPECT_EQ(text("\xed\xa0\x80"), "{\"x\":\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"}\n");  // a surrogate
}

TEST(JsonTextTest, KeepsCharactersButTheControls) {
  for (const char* kept : {"\xc2\xa0", "\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xef\xbf\xbd"}) {
    EXPECT_EQ(text(kept), std::string("{\"x\":\"") + kept + "\"}\n");
  }
  EXPECT_EQ(text("\xc2\x80\xc2\x9b\xc2\x9f"), "{\"x\":\"\\u0080\\u009b\\u009f\"}\n");  // C1: a terminal would obey
}

TEST(JsonTextTest, EscapesInvisibleCharacters) {
  EXPECT_EQ(text("\u2028\u202e\u200b\ufeff"), "{\"x\":\"\\u2028\\u202e\\u200b\\ufeff\"}\n");
  EXPECT_EQ(text("a\U000e0041"), "{\"x\":\"a\\udb40\\udc41\"}\n");  // beyond 16 bits: a pair of surrogates
  EXPECT_EQ(bytes("\u2066x"), "{\"x\":\"\\u2066x\"}\n");
}

TEST(JsonTextTest, WritesBytesThatAreNoUtf8AsBase64AndSaysSo) {
  EXPECT_EQ(bytes("fine"), "{\"x\":\"fine\"}\n");
  EXPECT_EQ(bytes(std::string_view("a\0b", 3)), "{\"x\":\"a\\u0000b\"}\n");
  EXPECT_EQ(bytes("\xff"), "{\"x\":\"/w==\",\"encoding\":\"base64\"}\n");
  EXPECT_EQ(bytes("ok \xe2\x82"), "{\"x\":\"b2sg4oI=\",\"encoding\":\"base64\"}\n");
}

TEST(JsonTextTest, EscapesNamesToo) {
  EXPECT_EQ(JsonObject().count("a\"\n\xff", 1).line(), "{\"a\\\"\\n\xef\xbf\xbd\":1}\n");
}

TEST(JsonTextTest, WritesNumbersAsTheyAre) {
  EXPECT_EQ(JsonObject().number("n", INT64_MIN).count("m", UINT64_MAX).line(),
            "{\"n\":-9223372036854775808,\"m\":18446744073709551615}\n");
}

TEST(JsonTextTest, WritesSecondsToTheMicrosecond) {
  const auto seconds = [](Duration value) { return JsonObject().seconds("s", value).line(); };
  EXPECT_EQ(seconds(Duration(0)), "{\"s\":0.000000}\n");
  EXPECT_EQ(seconds(Duration(1999)), "{\"s\":0.000001}\n");
  EXPECT_EQ(seconds(std::chrono::milliseconds(61500)), "{\"s\":61.500000}\n");
  EXPECT_EQ(seconds(Duration(-5)), "{\"s\":0.000000}\n");
}

TEST(JsonTextTest, TextsAreAnArray) {
  const std::vector<std::string> values{"a\"b", "c"};
  EXPECT_EQ(JsonObject().texts("x", values).texts("y", {}).line(), "{\"x\":[\"a\\\"b\",\"c\"],\"y\":[]}\n");
}

}  // namespace
}  // namespace remaphore
