#include "base/hex.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace remaphore {
namespace {

TEST(HexTest, WritesTwoLowercaseDigitsAByte) {
  EXPECT_EQ(hex::encode(std::vector<std::uint8_t>{0x00, 0x0f, 0xa9, 0xff}), "000fa9ff");
  EXPECT_EQ(hex::encode({}), "");
}

TEST(HexTest, ReadsBackEveryByte) {
  std::array<std::uint8_t, 256> all{};
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::uint8_t>(i);
  std::array<std::uint8_t, 256> back{};
  ASSERT_TRUE(hex::decode_exactly(hex::encode(all), back));
  EXPECT_EQ(back, all);
}

TEST(HexTest, RefusesUppercaseOtherCharactersAndOtherLengths) {
  std::array<std::uint8_t, 2> out{};
  EXPECT_TRUE(hex::decode_exactly("00af", out));
  for (const char* text : {"", "00a", "00afa", "00af00", "00AF", "00aF", "0 af", "+0af", "0xaf", "00ag", "00a\xff"}) {
    EXPECT_FALSE(hex::decode_exactly(text, out)) << text;
  }
}

TEST(HexTest, KnowsTheValueOfItsSixteenDigitsOnly) {
  int known = 0;
  for (int c = 0; c < 256; ++c) {
    const int value = hex::digit(static_cast<char>(c));
    if (value < 0) continue;
    ++known;
    EXPECT_EQ("0123456789abcdef"[value], static_cast<char>(c));
  }
  EXPECT_EQ(known, 16);
}

}  // namespace
}  // namespace remaphore
