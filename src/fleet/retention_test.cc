#include "fleet/retention.h"

#include <gtest/gtest.h>

namespace remaphore::fleet {
namespace {

using std::chrono::hours;

TEST(RetentionTest, ReadsHowLongMessagesAreKept) {
  EXPECT_EQ(*parse_keep("24h"), hours(24));
  EXPECT_EQ(*parse_keep("0"), Duration(0));
  for (const char* text : {"", "-1h", "24", "1ms", "999999h", "day"}) {
    ASSERT_FALSE(parse_keep(text)) << text;
    EXPECT_EQ(parse_keep(text).error().code, Errc::kUsage);
  }
}

TEST(RetentionTest, ReadsHowManyBytesAreKept) {
  EXPECT_EQ(*parse_keep_bytes("1048576"), 1 << 20);
  EXPECT_EQ(*parse_keep_bytes("64M"), 64 << 20);
  EXPECT_EQ(*parse_keep_bytes("64T"), std::int64_t{64} << 40);
  for (const char* text :
       {"", "M", "1", "1023K", "65T", "-64M", "64MB", "64m", "1e9", "99999999999999999999", "18446744073709551615K"}) {
    EXPECT_FALSE(parse_keep_bytes(text)) << text;
  }
}

TEST(RetentionTest, KeepsOnlySubjectsThatANodeMayPublishTo) {
  Retention retention;
  for (const char* text : {"", "all", "a.b", "*", ">", "a b", "a#b"}) {
    EXPECT_FALSE(add_kept_subject(text, retention)) << text;
  }
  EXPECT_TRUE(add_kept_subject("night", retention));
  EXPECT_TRUE(add_kept_subject("night", retention));
  EXPECT_EQ(retention.subjects, std::vector<std::string>{"night"});
}

TEST(RetentionTest, ReadsBackWhatItWrites) {
  Retention retention;
  EXPECT_EQ(format_retention(retention), "");
  retention = {std::chrono::nanoseconds(3'600'000'000'001), 5 << 20, {"night", "day"}};
  Retention read;
  std::string text = format_retention(retention);
  while (!text.empty()) {
    const std::size_t colon = text.find(": "), end = text.find('\n');
    const Result<bool> ours = parse_retention(text.substr(0, colon), text.substr(colon + 2, end - colon - 2), read);
    ASSERT_TRUE(ours && *ours) << text;
    text.erase(0, end + 1);
  }
  EXPECT_EQ(read.age, retention.age);
  EXPECT_EQ(read.bytes, retention.bytes);
  EXPECT_EQ(read.subjects, retention.subjects);
  EXPECT_FALSE(*parse_retention("mixed", "yes", read));
}

TEST(RetentionTest, MakesTwoStreamsThatNobodyCanEmpty) {
  const auto streams = streams_of("my.fleet", {hours(24), 1 << 20, {"night"}}, 1);
  ASSERT_EQ(streams.size(), 2U);
  EXPECT_EQ(streams[0].name, "MY_FLEET");
  EXPECT_EQ(streams[0].subjects, (std::vector<std::string>{"my.fleet.all", "my.fleet.night"}));
  EXPECT_EQ(streams[0].max_age, Duration(hours(24)));
  EXPECT_EQ(streams[0].max_bytes, 1 << 20);
  EXPECT_EQ(streams[0].discard, jetstream::StreamConfig::Discard::kOld);
  EXPECT_EQ(streams[1].name, "MY_FLEET_LOCKS");
  EXPECT_EQ(streams[1].subjects, std::vector<std::string>{"my.fleet.lock.>"});
  EXPECT_EQ(streams[1].discard, jetstream::StreamConfig::Discard::kNew);
  EXPECT_EQ(streams[1].max_messages_per_subject, 1);
  EXPECT_EQ(streams[1].max_bytes, -1);
  EXPECT_EQ(streams[1].max_age, Duration(std::chrono::minutes(10)));
  for (const auto& stream : streams) {
    EXPECT_TRUE(stream.file_storage && stream.deny_delete && stream.deny_purge && !stream.allow_direct) << stream.name;
    EXPECT_EQ(stream.replicas, 1);
  }
}

TEST(RetentionTest, MakesAsManyCopiesAsThereAreServersUpToThree) {
  const Retention retention{hours(1), 1 << 20, {}};
  for (const auto& [servers, replicas] : {std::pair{1, 1}, {2, 2}, {3, 3}, {5, 3}}) {
    for (const auto& stream : streams_of("x", retention, static_cast<std::size_t>(servers))) {
      EXPECT_EQ(stream.replicas, replicas) << servers;
    }
  }
}

TEST(RetentionTest, MakesNoStreamsIfNothingIsKept) {
  EXPECT_TRUE(streams_of("x", {}, 1).empty());
  EXPECT_TRUE(streams_of("x", {Duration(0), 1 << 20, {}}, 1).empty());
}

TEST(RetentionTest, RemembersCopiesNoLongerThanItKeepsMessages) {
  EXPECT_EQ(streams_of("x", {std::chrono::seconds(5), 1 << 20, {}}, 1)[0].duplicate_window,
            Duration(std::chrono::seconds(5)));
}

}  // namespace
}  // namespace remaphore::fleet
