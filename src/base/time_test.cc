#include "base/time.h"

#include <gtest/gtest.h>

namespace remaphore {
namespace {

WallTime at(std::int64_t time) { return WallTime(Duration(time)); }

TEST(DistanceTest, IsTheSameBothWays) {
  EXPECT_EQ(distance(at(3), at(10)), Duration(7));
  EXPECT_EQ(distance(at(10), at(3)), Duration(7));
  EXPECT_EQ(distance(at(-3), at(3)), Duration(6));
  EXPECT_EQ(distance(at(5), at(5)), Duration(0));
}

TEST(DistanceTest, SaturatesInsteadOfOverflowing) {
  EXPECT_EQ(distance(WallTime::min(), WallTime::max()), Duration::max());
  EXPECT_EQ(distance(WallTime::max(), WallTime::min()), Duration::max());
  EXPECT_EQ(distance(WallTime::min(), at(1)), Duration::max());
  EXPECT_EQ(distance(at(0), WallTime::max()), Duration::max());
  EXPECT_EQ(distance(at(-1), WallTime::min()), Duration::max());  // exactly representable
  EXPECT_EQ(distance(at(-2), WallTime::min()), Duration(INT64_MAX - 1));
  EXPECT_EQ(distance(WallTime::min(), WallTime::min()), Duration(0));
}

TEST(AddSaturatingTest, StopsAtTheLastTime) {
  EXPECT_EQ(add_saturating(at(3), Duration(4)), at(7));
  EXPECT_EQ(add_saturating(WallTime::max(), Duration(1)), WallTime::max());
  EXPECT_EQ(add_saturating(at(1), Duration::max()), WallTime::max());
  EXPECT_EQ(add_saturating(WallTime::min(), Duration::max()), at(-1));
}

}  // namespace
}  // namespace remaphore
