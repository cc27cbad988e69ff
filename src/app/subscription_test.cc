#include "app/subscription.h"

#include <gtest/gtest.h>

#include "support/app_fixture.h"

namespace remaphore {
namespace {

using std::chrono::seconds;

class SubscriptionTest : public test::AppTest {
 protected:
  const std::vector<ServiceStatus*> supervisors_{&supervisor_};
  Subscription subscription_{clock_, log_, supervisors_};
};

TEST_F(SubscriptionTest, StandsOnceItIsConfirmed) {
  EXPECT_FALSE(subscription_.stands() || subscription_.ever_stood());
  subscription_.confirmed();
  EXPECT_TRUE(subscription_.stands() && subscription_.ever_stood());
  subscription_.confirmed();  // of something else
  EXPECT_EQ(log_.text(), "Ready\n");
}

TEST_F(SubscriptionTest, TellsEachTroubleOnceAndThatItIsOver) {
  for (int i = 0; i < 5; ++i) {
    subscription_.lost("a");
    subscription_.lost("b");
  }
  EXPECT_EQ(subscription_.trouble(), "never subscribed: b");
  subscription_.confirmed();
  subscription_.lost("a");
  clock_.advance(seconds(3));
  subscription_.confirmed();
  EXPECT_EQ(log_.text(),
            "error: a; trying again\nerror: b; trying again\nReady\nerror: a; trying again\n"
            "error: the connection is back; messages of the last 3s may have been missed\n");
  EXPECT_TRUE(log_.failures.empty());
}

TEST_F(SubscriptionTest, IsHopelessIfItIsDeniedOrRefused) {
  Subscription other(clock_, log_, supervisors_);
  subscription_.denied("not allowed");
  other.refused("wrong credentials");
  EXPECT_TRUE(subscription_.is_hopeless() && other.is_hopeless());
  subscription_.confirmed();
  EXPECT_FALSE(subscription_.stands());
  EXPECT_EQ(log_.failures, (std::vector<std::string>{"not allowed", "wrong credentials"}));
}

TEST_F(SubscriptionTest, OutlivesTheDenialOfAReply) {
  subscription_.confirmed();
  for (int i = 0; i < 1000; ++i) subscription_.denied("not allowed");
  EXPECT_TRUE(subscription_.stands());
  EXPECT_FALSE(subscription_.is_hopeless());
  EXPECT_TRUE(log_.failures.empty());
  EXPECT_LE(log_.lines.size(), 30u);
}

TEST_F(SubscriptionTest, LetsAServerThatDeniesOnAndOnFillNoLog) {
  for (int i = 0; i < 1000; ++i) subscription_.denied("not allowed");
  EXPECT_EQ(log_.failures, std::vector<std::string>{"not allowed"});
  EXPECT_LE(log_.lines.size(), 30u);
}

TEST_F(SubscriptionTest, TellsSupervisorsNoMoreOnceItStops) {
  subscription_.confirmed();
  subscription_.count(1, 0);
  subscription_.stopping(2, 1);
  subscription_.count(3, 3);
  subscription_.lost("gone");
  EXPECT_EQ(supervisor_.story(), "subscribed 1/0, stopping 2/1");
}

}  // namespace
}  // namespace remaphore
