#include "base/base64.h"

#include <gtest/gtest.h>

namespace remaphore {
namespace {

// RFC 4648, section 10.
TEST(Base64Test, EncodesTheVectorsOfItsStandard) {
  const std::pair<const char*, const char*> vectors[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : vectors) EXPECT_EQ(base64(bytes), text);
}

TEST(Base64Test, EncodesEveryByte) {
  EXPECT_EQ(base64(std::string_view("\0\0\0", 3)), "AAAA");
  EXPECT_EQ(base64("\xff\xff\xff"), "////");
  EXPECT_EQ(base64("\xfb\xef\xbe"), "++++");
  EXPECT_EQ(base64(std::string_view("\0\xff\x80", 3)), "AP+A");
}

TEST(Base64Test, ReadsBackEveryLength) {
  std::string bytes;
  for (int i = 0; i < 300; ++i) {
    EXPECT_EQ(decode_base64(base64(bytes)), bytes);
    bytes.push_back(static_cast<char>(i * 37));
  }
}

TEST(Base64Test, RefusesMissingPaddingOtherAlphabetsAndImpossibleLengths) {
  for (const std::string_view text :
       {"Zg", "Zg=", "Zg===", "====", "=", "Z===", "-_-_", "Zm 9", "Zm9v\n", "Zg==Zg==", "Z=g="}) {
    EXPECT_FALSE(decode_base64(text)) << text;
  }
}

TEST(Base64Test, RefusesAWrongDigitInAnyPlace) {
  for (const std::string_view bytes : {"123", "12345", "1234567", "123456789012"}) {
    const std::string text = base64(bytes);
    for (std::size_t i = 0; i < text.size() && text[i] != '='; ++i) {
      for (const char wrong : {'-', '=', ' ', '\0', '\x7f', '\x80', '\xff'}) {
        std::string changed = text;
        changed[i] = wrong;
        if (wrong == '=' && changed.find_first_not_of('=', i) == std::string::npos) continue;  // padding
        EXPECT_FALSE(decode_base64(changed)) << changed;
      }
    }
  }
}

TEST(Base64urlTest, WritesTheVectorsOfTheStandardWithoutPadding) {
  EXPECT_EQ(base64url(""), "");
  EXPECT_EQ(base64url("f"), "Zg");
  EXPECT_EQ(base64url("fo"), "Zm8");
  EXPECT_EQ(base64url("foo"), "Zm9v");
  EXPECT_EQ(base64url("foob"), "Zm9vYg");
  EXPECT_EQ(base64url("fooba"), "Zm9vYmE");
  EXPECT_EQ(base64url("foobar"), "Zm9vYmFy");
  EXPECT_EQ(base64url("\xfb\xff\xfe"), "-__-");
}

TEST(Base64urlTest, ReadsBackEveryLength) {
  std::string bytes;
  for (int i = 0; i < 300; ++i) {
    EXPECT_EQ(decode_base64url(base64url(bytes)), bytes);
    bytes.push_back(static_cast<char>(i * 37));
  }
}

TEST(Base64urlTest, RefusesPaddingOtherAlphabetsAndImpossibleLengths) {
  for (const std::string_view text : {"Zg==", "+//+", "Z", "Zm9vY", "Zm 9", "Zm9v\n"}) {
    EXPECT_FALSE(decode_base64url(text)) << text;
  }
}

}  // namespace
}  // namespace remaphore
