#include "base/timestamp.h"

#include <gtest/gtest.h>

#include <limits>

namespace remaphore {
namespace {

std::string at(std::int64_t nanoseconds) { return format_timestamp(WallTime(Duration(nanoseconds))); }

TEST(Timestamp, IsUtcToTheMicrosecond) {
  EXPECT_EQ(at(0), "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(at(1'700'000'000'001'002'999), "2023-11-14T22:13:20.001002Z");
  EXPECT_EQ(at(1'709'164'799'999'999'999), "2024-02-28T23:59:59.999999Z");
  EXPECT_EQ(at(1'709'164'800'000'000'000), "2024-02-29T00:00:00.000000Z");
}

TEST(Timestamp, RoundsDownBefore1970) { EXPECT_EQ(at(-1), "1969-12-31T23:59:59.999999Z"); }

TEST(Timestamp, KnowsTheFirstAndTheLastTime) {
  EXPECT_EQ(at(std::numeric_limits<std::int64_t>::min()), "1677-09-21T00:12:43.145224Z");
  EXPECT_EQ(at(std::numeric_limits<std::int64_t>::max()), "2262-04-11T23:47:16.854775Z");
}

}  // namespace
}  // namespace remaphore
