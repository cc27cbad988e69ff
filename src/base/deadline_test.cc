#include "base/deadline.h"

#include <gtest/gtest.h>

namespace remaphore {
namespace {

using std::chrono::seconds;

const MonotonicTime kNow{seconds(100)};

TEST(DeadlineTest, IsNeverForATimeoutOfNothing) {
  EXPECT_EQ(deadline_after(kNow, seconds(0)), std::nullopt);
  EXPECT_FALSE(passed(std::nullopt, MonotonicTime::max()));
}

TEST(DeadlineTest, PassesAtItsMoment) {
  const Deadline deadline = deadline_after(kNow, seconds(5));
  EXPECT_FALSE(passed(deadline, kNow + seconds(5) - Duration(1)));
  EXPECT_TRUE(passed(deadline, kNow + seconds(5)));
}

TEST(DeadlineTest, SaturatesInsteadOfOverflowing) {
  EXPECT_EQ(deadline_after(kNow, Duration::max()), MonotonicTime::max());
  EXPECT_EQ(deadline_after(MonotonicTime::max(), seconds(1)), MonotonicTime::max());
}

TEST(DeadlineTest, TakesTheEarlierOfTwo) {
  const Deadline soon = kNow, late = kNow + seconds(1);
  EXPECT_EQ(earlier(soon, late), soon);
  EXPECT_EQ(earlier(late, soon), soon);
  EXPECT_EQ(earlier(std::nullopt, late), late);
  EXPECT_EQ(earlier(soon, std::nullopt), soon);
  EXPECT_EQ(earlier(std::nullopt, std::nullopt), std::nullopt);
}

}  // namespace
}  // namespace remaphore
