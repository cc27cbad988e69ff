#include "core/wire.h"

#include <gtest/gtest.h>

#include "base/hex.h"
#include "support/test_messages.h"

namespace remaphore {
namespace {

using test::key_of;
using wire::Fields;

TEST(SplitTest, CutsAtTheFirstSevenCommas) {
  const auto fields = Fields::split("pub,sig,dest,time,uuid,verb,flag,pay,load,");
  ASSERT_TRUE(fields);
  EXPECT_EQ(fields->public_key(), "pub");
  EXPECT_EQ(fields->signature(), "sig");
  EXPECT_EQ(fields->destination(), "dest");
  EXPECT_EQ(fields->time(), "time");
  EXPECT_EQ(fields->uuid(), "uuid");
  EXPECT_EQ(fields->verb(), "verb");
  EXPECT_EQ(fields->flag(), "flag");
  EXPECT_EQ(fields->payload(), "pay,load,");
  EXPECT_EQ(fields->signed_bytes(), "dest,time,uuid,verb,flag,pay,load,");
}

TEST(SplitTest, TakesEmptyFieldsAndAnyBytesOfPayload) {
  const auto empty = Fields::split(",,,,,,,");
  ASSERT_TRUE(empty);
  EXPECT_EQ(empty->public_key(), "");
  EXPECT_EQ(empty->payload(), "");
  const std::string bytes(",,,,,,,\0\xff\n", 10);
  EXPECT_EQ(Fields::split(bytes)->payload(), std::string_view("\0\xff\n", 3));
}

TEST(SplitTest, RefusesFewerThanSevenCommas) {
  for (const char* text : {"", ",", "a", ",,,,,,", "pub,sig,dest,time,uuid,verb,flag"}) {
    EXPECT_FALSE(Fields::split(text)) << text;
  }
}

TEST(SplitTest, BoundsDestinationUuidAndVerb) {
  const auto with = [](std::size_t destination, std::size_t uuid, std::size_t verb) {
    return "p,s," + std::string(destination, 'd') + ",t," + std::string(uuid, 'u') + "," + std::string(verb, 'v') +
           ",_,x";
  };
  EXPECT_TRUE(Fields::split(with(kMaxDestination, 24, kMaxVerb)));
  EXPECT_FALSE(Fields::split(with(kMaxDestination + 1, 24, kMaxVerb)));
  EXPECT_FALSE(Fields::split(with(kMaxDestination, 25, kMaxVerb)));
  EXPECT_FALSE(Fields::split(with(kMaxDestination, 24, kMaxVerb + 1)));
}

TEST(SplitTest, BoundsThePayload) {
  std::string bytes = "p,s,d,t,u,v,_,";
  bytes.resize(bytes.size() + kMaxPayload, 'x');
  EXPECT_TRUE(Fields::split(bytes));
  bytes.push_back('x');
  EXPECT_FALSE(Fields::split(bytes));
}

TEST(SplitTest, CanBeRebuiltFromTheCommas) {
  const std::string bytes = "pub,sig,dest,time,uuid,verb,flag,payload";
  const Fields again(bytes, Fields::split(bytes)->commas());
  EXPECT_EQ(again.verb(), "verb");
  EXPECT_EQ(again.payload(), "payload");
}

TEST(TimeTest, HasOneSpelling) {
  const std::pair<std::int64_t, const char*> cases[] = {
      {0, "0"},
      {255, "ff"},
      {-1, "-1"},
      {INT64_MAX, "7fffffffffffffff"},
      {INT64_MIN, "-8000000000000000"},
      {test::kNoon, "17979cfe362a0000"},
  };
  for (const auto& [value, text] : cases) {
    EXPECT_EQ(wire::format_time(WallTime(Duration(value))), text);
    ASSERT_TRUE(wire::parse_time(text)) << text;
    EXPECT_EQ(wire::parse_time(text)->time_since_epoch().count(), value);
  }
  for (const char* text : {"", "-", "00", "0f", "FF", "fF", "+1", "-0", "--1", " 1", "1 ", "0x1", "g", "1.", "-01",
                           "8000000000000000", "-8000000000000001", "10000000000000000", "ffffffffffffffffff"}) {
    EXPECT_FALSE(wire::parse_time(text)) << text;
  }
}

TEST(WireUuidTest, HasOneSpelling) {
  ASSERT_TRUE(wire::parse_uuid("0a"));
  EXPECT_EQ(hex::encode(wire::parse_uuid("0a")->bytes()), "0a");
  EXPECT_TRUE(wire::parse_uuid(std::string(24, 'f')));
  for (const char* text : {"", "a", "abc", "0A", "0g", " 0", "0x0a", "-1"})
    EXPECT_FALSE(wire::parse_uuid(text)) << text;
  EXPECT_FALSE(wire::parse_uuid(std::string(26, 'f')));
}

TEST(FlagTest, IsOneOfTwo) {
  EXPECT_EQ(wire::parse_flag("Q"), true);
  EXPECT_EQ(wire::parse_flag("_"), false);
  for (const char* text : {"", "q", "QQ", "__", "0", "Q ", "-"}) EXPECT_FALSE(wire::parse_flag(text)) << text;
}

TEST(EncodeTest, WritesWhatTheFormatSays) {
  Message message;
  message.destination = "com.*";
  message.time = WallTime(Duration(0x1a2b));
  message.uuid = Uuid::from_text("id");
  message.verb = "deploy";
  message.reply_wanted = true;
  message.payload = "a,b\n";
  EXPECT_EQ(wire::signed_bytes(message), "com.*,1a2b,6964,deploy,Q,a,b\n");

  const SecretKey key = key_of(3);
  const std::string bytes = wire::encode(message, key);
  const auto fields = Fields::split(bytes);
  ASSERT_TRUE(fields);
  EXPECT_EQ(fields->public_key(), keys::to_base58(key.public_key()));
  EXPECT_EQ(fields->signed_bytes(), wire::signed_bytes(message));
  EXPECT_TRUE(
      keys::verify(key.public_key(), *keys::signature_from_base58(fields->signature()), fields->signed_bytes()));
  EXPECT_EQ(wire::hash(bytes), keys::sha256(bytes));
}

TEST(EncodeTest, NeverNeedsMoreHeaderThanItsBound) {
  Message message;
  message.destination = std::string(kMaxDestination, 'd');
  message.time = WallTime::min();
  message.uuid = Uuid::from_text("twelve bytes");
  message.verb = std::string(kMaxVerb, 'v');
  for (std::uint8_t number = 1; number < 20; ++number) {
    EXPECT_LE(wire::encode(message, key_of(number)).size(), wire::kMaxHeader);
    EXPECT_GT(wire::encode(message, key_of(number)).size() + 8, wire::kMaxHeader);  // and the bound is no wider
  }
}

}  // namespace
}  // namespace remaphore
