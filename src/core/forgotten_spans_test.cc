#include "core/forgotten_spans.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace remaphore {
namespace {

using std::chrono::minutes;

WallTime at(std::int64_t minute) { return WallTime(minutes(minute)); }

TEST(ForgottenSpansTest, HoldsWhatWasAddedAndAMinuteBeforeIt) {
  ForgottenSpans forgotten;
  EXPECT_FALSE(forgotten.find(at(10)));
  forgotten.add(at(10));
  EXPECT_TRUE(forgotten.find(at(10)));
  EXPECT_TRUE(forgotten.find(at(9)));
  EXPECT_FALSE(forgotten.find(at(9) - Duration(1)));
  EXPECT_FALSE(forgotten.find(at(10) + Duration(1)));
  EXPECT_EQ(forgotten.find(at(9))->to, at(10));
}

TEST(ForgottenSpansTest, MakesOneSpanOfThoseThatTouch) {
  ForgottenSpans forgotten;
  for (const int minute : {10, 12, 11, 20, 30, 10}) forgotten.add(at(minute));
  ASSERT_EQ(forgotten.spans().size(), 3u);
  EXPECT_EQ(forgotten.spans()[0].from, at(9));
  EXPECT_EQ(forgotten.spans()[0].to, at(12));
  forgotten.add({at(11), at(29)});
  ASSERT_EQ(forgotten.spans().size(), 1u);
  EXPECT_EQ(forgotten.spans()[0].from, at(9));
  EXPECT_EQ(forgotten.spans()[0].to, at(30));
}

TEST(ForgottenSpansTest, ClosesTheSmallestGapWhenThereAreTooMany) {
  ForgottenSpans forgotten;
  for (std::size_t i = 0; i < ForgottenSpans::kMaxSpans - 1; ++i) forgotten.add(at(static_cast<std::int64_t>(i) * 10));
  forgotten.add(at(1'000'000));  // a clock that is far ahead, for long
  for (int i = 0; i < 3000; ++i) forgotten.add(at(1'000'000 + i * 20));
  EXPECT_LE(forgotten.spans().size(), ForgottenSpans::kMaxSpans);
  EXPECT_FALSE(forgotten.find(at(500'000))) << "the largest gap stays";
  for (int i = 0; i < 3000; ++i) ASSERT_TRUE(forgotten.find(at(1'000'000 + i * 20)));
}

TEST(ForgottenSpansTest, LosesNothing) {
  ForgottenSpans forgotten;
  std::mt19937_64 random(3);
  std::set<std::int64_t> added;
  for (int i = 0; i < 5000; ++i) {
    added.insert(static_cast<std::int64_t>(random() % 10'000'000) - 5'000'000);
    forgotten.add(at(*added.rbegin()));
    forgotten.add(at(*added.begin()));
    forgotten.add(at(*added.lower_bound(static_cast<std::int64_t>(random() % 5'000'000) - 5'000'000)));
    ASSERT_LE(forgotten.spans().size(), ForgottenSpans::kMaxSpans);
  }
  for (std::size_t i = 1; i < forgotten.spans().size(); ++i) {
    ASSERT_LT(forgotten.spans()[i - 1].to, forgotten.spans()[i].from);
  }
  ForgottenSpans all;
  for (const std::int64_t minute : added) all.add(at(minute));
  for (const std::int64_t minute : added) ASSERT_TRUE(all.find(at(minute)));
}

TEST(ForgottenSpansTest, TakesTheExtremesOfTime) {
  ForgottenSpans forgotten;
  forgotten.add(WallTime::min());
  forgotten.add(WallTime::max());
  EXPECT_TRUE(forgotten.find(WallTime::min()));
  EXPECT_TRUE(forgotten.find(WallTime::max()));
  EXPECT_FALSE(forgotten.find(at(0)));
  forgotten.add({WallTime::min(), at(5)});
  EXPECT_TRUE(forgotten.find(at(0)));
  EXPECT_EQ(forgotten.spans().back().to, WallTime::max());
}

}  // namespace
}  // namespace remaphore
