#include "base/base58.h"

#include <gtest/gtest.h>

#include <random>

namespace remaphore {
namespace {

using Bytes = std::vector<std::uint8_t>;

TEST(Base58Test, MapsEmptyInputToEmptyOutput) {
  EXPECT_EQ(base58::encode(Bytes{}), "");
  ASSERT_TRUE(base58::decode(""));
  EXPECT_TRUE(base58::decode("")->empty());
}

TEST(Base58Test, WritesOneDigitOneForEachLeadingZeroByte) {
  EXPECT_EQ(base58::encode(Bytes{0}), "1");
  EXPECT_EQ(base58::encode(Bytes{0, 0, 57}), "11z");
  EXPECT_EQ(base58::encode(Bytes{58}), "21");
  EXPECT_EQ(*base58::decode("11z"), (Bytes{0, 0, 57}));
}

TEST(Base58Test, DecodesWhatItEncodesAtEveryLength) {
  std::mt19937 random(58);
  for (std::size_t size = 0; size <= base58::kMaxBytes; ++size) {
    Bytes bytes(size);
    for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random());
    if (size > 1 && size % 3 == 0) bytes[0] = 0;
    const std::string text = base58::encode(bytes);
    const auto decoded = base58::decode(text);
    ASSERT_TRUE(decoded) << size;
    EXPECT_EQ(*decoded, bytes) << size;
    Bytes exact(size);
    EXPECT_TRUE(base58::decode_exactly(text, exact)) << size;
    EXPECT_EQ(exact, bytes) << size;
  }
}

TEST(Base58Test, TakesItsGreatestNumber) {
  const Bytes greatest(base58::kMaxBytes, 0xff);
  EXPECT_EQ(*base58::decode(base58::encode(greatest)), greatest);
}

TEST(Base58Test, RefusesEveryCharacterOutsideTheAlphabet) {
  const std::string_view alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
  Bytes out(2);
  for (int c = 0; c < 256; ++c) {
    const std::string text = {'2', static_cast<char>(c), '2'};
    const bool legal = alphabet.find(static_cast<char>(c)) != std::string_view::npos;
    const auto decoded = base58::decode(text);
    EXPECT_EQ(decoded.has_value(), legal) << c;
    if (!decoded) EXPECT_EQ(decoded.error().code, Errc::kFormat);
    if (!legal) EXPECT_FALSE(base58::decode_exactly(text, out)) << c;
  }
}

TEST(Base58Test, RefusesMoreBytesThanItsBound) {
  EXPECT_TRUE(base58::decode(std::string(base58::kMaxBytes, '1')));
  EXPECT_FALSE(base58::decode(std::string(base58::kMaxBytes + 1, '1')));
  EXPECT_FALSE(base58::decode(std::string(200, 'z')));
  EXPECT_FALSE(base58::decode(std::string(100000, 'z')));
  // One more than the greatest number of kMaxBytes bytes.
  std::string text = base58::encode(Bytes(base58::kMaxBytes, 0xff));
  ASSERT_NE(text.back(), 'z');
  const std::string_view alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
  text.back() = alphabet[alphabet.find(text.back()) + 1];
  EXPECT_FALSE(base58::decode(text));
}

TEST(Base58Test, DecodesExactlyTheLengthAskedFor) {
  const Bytes bytes(32, 0x5a);
  const std::string text = base58::encode(bytes);
  for (const std::size_t size : {0u, 1u, 31u, 33u, 64u}) {
    Bytes out(size, 0xee);
    EXPECT_FALSE(base58::decode_exactly(text, out)) << size;
  }
  Bytes out(33);
  EXPECT_TRUE(base58::decode_exactly("1" + text, out));  // a leading zero byte counts
  EXPECT_EQ(out[0], 0);
  EXPECT_FALSE(base58::decode_exactly(std::string_view("\0", 1), std::span(out).first(1)));
  Bytes large(base58::kMaxBytes + 1);
  EXPECT_FALSE(base58::decode_exactly(std::string(base58::kMaxBytes + 1, '1'), large));
}

TEST(Base58Test, GivesEveryByteStringOneTextOnly) {
  // Whatever decodes encodes to the same text: no second spelling of a key exists.
  std::mt19937 random(1);
  const std::string_view alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
  for (int i = 0; i < 2000; ++i) {
    std::string text(random() % 60, '1');
    for (char& c : text) c = random() % 8 == 0 ? '1' : alphabet[random() % alphabet.size()];
    const auto decoded = base58::decode(text);
    ASSERT_TRUE(decoded);
    EXPECT_EQ(base58::encode(*decoded), text);
  }
}

TEST(Base58DeathTest, AbortsRatherThanEncodeMoreThanItsBound) {
  EXPECT_DEATH(base58::encode(Bytes(base58::kMaxBytes + 1)), "");
}

}  // namespace
}  // namespace remaphore
