#include "nats/refusals.h"

#include <gtest/gtest.h>

namespace remaphore::nats {
namespace {

using std::chrono::seconds;

constexpr MonotonicTime kStart{seconds(100)};

TEST(RefusalsTest, AreFinalAtOnceBeforeTheFirstLogin) {
  Refusals refusals(seconds(60));
  EXPECT_FALSE(refusals.is_final(kStart));
  refusals.refused(kStart);
  EXPECT_TRUE(refusals.is_final(kStart));
}

TEST(RefusalsTest, MustLastOnceALoginHasSucceeded) {
  Refusals refusals(seconds(60));
  refusals.accepted();
  refusals.refused(kStart);
  refusals.refused(kStart + seconds(59));
  EXPECT_FALSE(refusals.is_final(kStart + seconds(59)));
  EXPECT_TRUE(refusals.is_final(kStart + seconds(60)));
}

TEST(RefusalsTest, AreForgottenWithTheNextLogin) {
  Refusals refusals(seconds(60));
  refusals.accepted();
  refusals.refused(kStart);
  refusals.accepted();
  EXPECT_FALSE(refusals.is_final(kStart + seconds(90)));
  refusals.refused(kStart + seconds(90));
  EXPECT_FALSE(refusals.is_final(kStart + seconds(100)));
}

TEST(RefusalsTest, AreFinalAtOnceWithoutPatience) {
  Refusals refusals(Duration(0));
  refusals.accepted();
  refusals.refused(kStart);
  EXPECT_TRUE(refusals.is_final(kStart));
}

}  // namespace
}  // namespace remaphore::nats
