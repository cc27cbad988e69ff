#include "base/timestamp.h"

#include <gtest/gtest.h>

#include <limits>

namespace remaphore {
namespace {

std::string at(std::int64_t nanoseconds) { return format_timestamp(WallTime(Duration(nanoseconds))); }

TEST(TimestampTest, IsUtcToTheMicrosecond) {
  EXPECT_EQ(at(0), "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(at(1'700'000'000'001'002'999), "2023-11-14T22:13:20.001002Z");
  EXPECT_EQ(at(1'709'164'799'999'999'999), "2024-02-28T23:59:59.999999Z");
  EXPECT_EQ(at(1'709'164'800'000'000'000), "2024-02-29T00:00:00.000000Z");
}

TEST(TimestampTest, RoundsDownBefore1970) { EXPECT_EQ(at(-1), "1969-12-31T23:59:59.999999Z"); }

TEST(TimestampTest, KnowsTheFirstAndTheLastTime) {
  EXPECT_EQ(at(std::numeric_limits<std::int64_t>::min()), "1677-09-21T00:12:43.145224Z");
  EXPECT_EQ(at(std::numeric_limits<std::int64_t>::max()), "2262-04-11T23:47:16.854775Z");
}

TEST(TimestampTest, IsReadToTheNanosecond) {
  const auto read = [](std::string_view text) { return parse_timestamp(text)->time_since_epoch().count(); };
  EXPECT_EQ(read("1970-01-01T00:00:00Z"), 0);
  EXPECT_EQ(read("2023-11-14T22:13:20.001002999Z"), 1'700'000'000'001'002'999);
  EXPECT_EQ(read("2023-11-14T22:13:20.5Z"), 1'700'000'000'500'000'000);
  EXPECT_EQ(read("2023-11-14T23:43:20+01:30"), 1'700'000'000'000'000'000);
  EXPECT_EQ(read("2023-11-14T21:13:20.25-01:00"), 1'700'000'000'250'000'000);
  EXPECT_EQ(read("1969-12-31T23:59:59.999999999Z"), -1);
  EXPECT_EQ(read("2024-02-29T00:00:00Z"), 1'709'164'800'000'000'000);
}

TEST(TimestampTest, RefusesEverythingElse) {
  for (const char* text : {"",
                           "Z",
                           "2023-11-14",
                           "2023-11-14T22:13:20",
                           "2023-11-14 22:13:20Z",
                           "2023-13-14T22:13:20Z",
                           "2023-02-29T00:00:00Z",
                           "2023-11-31T00:00:00Z",
                           "2023-11-14T24:00:00Z",
                           "2023-11-14T22:60:20Z",
                           "2023-11-14T22:13:60Z",
                           "2023-11-14T22:13:20.Z",
                           "2023-11-14T22:13:20.1234567890Z",
                           "2023-11-14T22:13:20ZZ",
                           "2023-11-14T22:13:20+1:00",
                           "2023-11-14T22:13:20+24:00",
                           "2023-11-14T22:13:20+01:60",
                           "-023-11-14T22:13:20Z",
                           "0001-01-01T00:00:00Z",
                           "9999-12-31T23:59:59Z",
                           "2262-04-11T23:47:17Z",
                           "2023-11-14T22:13:20.+5Z"}) {
    EXPECT_FALSE(parse_timestamp(text)) << text;
  }
}

}  // namespace
}  // namespace remaphore
