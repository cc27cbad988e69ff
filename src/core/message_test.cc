#include "core/message.h"

#include <gtest/gtest.h>

#include "base/hex.h"

namespace remaphore {
namespace {

std::string hex_of(const Uuid& uuid) { return hex::encode(uuid.bytes()); }

TEST(UuidTest, IsTheTextItselfUpToTwelveBytes) {
  EXPECT_EQ(hex_of(Uuid::from_text("a")), "61");
  EXPECT_EQ(hex_of(Uuid::from_text("exactly12byt")), "65786163746c793132627974");
  EXPECT_EQ(hex_of(Uuid::from_text(std::string_view("\0", 1))), "00");
}

TEST(UuidTest, IsTheBeginningOfTheHashOfLongerText) {
  EXPECT_EQ(hex_of(Uuid::from_text("exactly13byte")), "fddc8742ae2dce08f4349463");
  EXPECT_EQ(Uuid::from_text("exactly13byte"), Uuid::from_hash(keys::sha256("exactly13byte")));
}

TEST(UuidTest, IsRandomWithoutText) {
  const Uuid one = Uuid::from_text(""), other = Uuid::random();
  EXPECT_EQ(one.bytes().size(), Uuid::kMaxBytes);
  EXPECT_EQ(other.bytes().size(), Uuid::kMaxBytes);
  EXPECT_NE(one, other);
}

TEST(UuidTest, DistinguishesLengths) {
  const std::array<std::uint8_t, 3> bytes{};
  EXPECT_NE(Uuid::from_bytes(std::span(bytes).first(2)), Uuid::from_bytes(bytes));
  EXPECT_EQ(Uuid::from_bytes(bytes), Uuid::from_bytes(bytes));
}

TEST(UuidDeathTest, AbortsOnALengthThatNoUuidHas) {
  const std::array<std::uint8_t, 13> bytes{};
  EXPECT_DEATH(Uuid::from_bytes(bytes), "");
  EXPECT_DEATH(Uuid::from_bytes(std::span(bytes).first(0)), "");
}

TEST(MessageTest, IsAPingToEverybodyByDefault) {
  const Message message;
  EXPECT_EQ(message.destination, "**");
  EXPECT_EQ(message.verb, "ping");
  EXPECT_FALSE(message.reply_wanted);
  EXPECT_EQ(message.payload, "");
}

}  // namespace
}  // namespace remaphore
