#include "nats/keep_alive.h"

#include <gtest/gtest.h>

namespace remaphore::nats {
namespace {

using std::chrono::seconds;

constexpr MonotonicTime kStart{seconds(100)};

TEST(KeepAliveTest, AnswersInTheOrderOfAsking) {
  KeepAlive keep_alive;
  EXPECT_FALSE(keep_alive.answered(0));
  keep_alive.asked(7, 0);
  keep_alive.asked(KeepAlive::kProbe, 0);
  keep_alive.asked(8, 0);
  EXPECT_EQ(keep_alive.answered(0), 7u);
  EXPECT_EQ(keep_alive.answered(0), KeepAlive::kProbe);
  EXPECT_EQ(keep_alive.answered(0), 8u);
  EXPECT_FALSE(keep_alive.answered(0));
}

TEST(KeepAliveTest, TakesNoAnswerToWhatHasNotLeft) {
  KeepAlive keep_alive;
  keep_alive.asked(1, 106);
  keep_alive.asked(2, 212);
  EXPECT_FALSE(keep_alive.answered(105));
  EXPECT_TRUE(keep_alive.flushing());
  EXPECT_EQ(keep_alive.answered(106), 1u);
  EXPECT_FALSE(keep_alive.answered(106));
  EXPECT_EQ(keep_alive.answered(500), 2u);
}

TEST(KeepAliveTest, KnowsWhetherAFlushWaits) {
  KeepAlive keep_alive;
  EXPECT_FALSE(keep_alive.flushing());
  keep_alive.asked(KeepAlive::kProbe, 0);
  EXPECT_FALSE(keep_alive.flushing());
  keep_alive.asked(1, 0);
  EXPECT_TRUE(keep_alive.flushing());
  keep_alive.answered(0);
  EXPECT_TRUE(keep_alive.flushing());
  keep_alive.answered(0);
  EXPECT_FALSE(keep_alive.flushing());
}

TEST(KeepAliveTest, AsksAfterASilenceAndGivesUpAfterTwoAnswersThatDoNotCome) {
  KeepAlive keep_alive;
  EXPECT_EQ(keep_alive.due(kStart), kStart + seconds(3));
  keep_alive.asked(KeepAlive::kProbe, 0);
  EXPECT_EQ(keep_alive.due(kStart), kStart + seconds(6));
  EXPECT_FALSE(keep_alive.exhausted());
  keep_alive.asked(KeepAlive::kProbe, 0);
  EXPECT_EQ(keep_alive.due(kStart), kStart + seconds(9));
  EXPECT_TRUE(keep_alive.exhausted());
  keep_alive.answered(0);
  EXPECT_FALSE(keep_alive.exhausted());
}

TEST(KeepAliveTest, WaitsForAServerThatTakesInWhatWasWritten) {
  KeepAlive keep_alive;
  keep_alive.progressed(kStart + seconds(2));
  EXPECT_EQ(keep_alive.due(kStart), kStart + seconds(5));
  EXPECT_EQ(keep_alive.due(kStart + seconds(4)), kStart + seconds(7));
}

TEST(KeepAliveTest, CountsNoFlushAsAProbe) {
  KeepAlive keep_alive;
  for (std::uint64_t id = 1; id < 10; ++id) keep_alive.asked(id, 0);
  EXPECT_EQ(keep_alive.due(kStart), kStart + seconds(3));
  EXPECT_FALSE(keep_alive.exhausted());
}

}  // namespace
}  // namespace remaphore::nats
