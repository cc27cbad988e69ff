#include "base/rate_limit.h"

#include <gtest/gtest.h>

namespace remaphore {
namespace {

MonotonicTime at(std::int64_t milliseconds) {
  return MonotonicTime(std::chrono::hours(1) + std::chrono::milliseconds(milliseconds));
}

int passed(RateLimit& limit, MonotonicTime now, int tries) {
  int count = 0;
  for (int i = 0; i < tries; ++i) count += limit.allow(now);
  return count;
}

TEST(RateLimitTest, LetsABurstPassAndCountsTheRest) {
  RateLimit limit(3, 2);
  EXPECT_EQ(passed(limit, at(0), 10), 3);
  EXPECT_EQ(limit.take_suppressed(), 7u);
  EXPECT_EQ(limit.take_suppressed(), 0u);
}

TEST(RateLimitTest, LetsSoManyASecondPassAfterwards) {
  RateLimit limit(3, 2);
  EXPECT_EQ(passed(limit, at(0), 10), 3);
  EXPECT_EQ(passed(limit, at(499), 10), 0);
  EXPECT_EQ(passed(limit, at(500), 10), 1);
  EXPECT_EQ(passed(limit, at(1500), 10), 2);
}

TEST(RateLimitTest, NeverSavesUpMoreThanABurst) {
  RateLimit limit(3, 2);
  EXPECT_EQ(passed(limit, at(0), 10), 3);
  EXPECT_EQ(passed(limit, at(1000000000), 10), 3);
}

TEST(RateLimitTest, LetsASlowTricklePassForEver) {
  RateLimit limit(1, 5);
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(limit.allow(at(i * 200))) << i;
}

}  // namespace
}  // namespace remaphore
