#include "app/subscription_status.h"

#include <gtest/gtest.h>

#include "support/app_fixture.h"

namespace remaphore {
namespace {

using std::chrono::seconds;

class SubscriptionStatusTest : public test::AppTest {
 protected:
  SubscriptionStatusTest() { dispatch_.attach(subscription_); }
  SubscriptionStatus make() {
    return {kSubject, [this](const Delivery& message) { taken_ += std::string(message.payload) + " "; }, clock_, log_,
            supervisors_};
  }

  void open() {
    dispatch_.connect();
    dispatch_.dispatch();
  }
  static LinkLost lost(const char* why) { return {.reason = why}; }
  static Denial denied(const char* why) { return {.text = why}; }

  std::string taken_;
  const std::vector<ServiceStatus*> supervisors_{&supervisor_};
  SubscriptionStatus subscription_ = make();
  BusDispatch dispatch_{bus_};
};

TEST_F(SubscriptionStatusTest, IsActiveOnceItIsConfirmed) {
  EXPECT_FALSE(subscription_.is_active() || subscription_.was_ever_active());
  open();
  EXPECT_TRUE(subscription_.is_active() && subscription_.was_ever_active());
  bus_.flush();  // of something else
  dispatch_.dispatch();
  EXPECT_EQ(log_.text(), "Ready\n");
}

TEST_F(SubscriptionStatusTest, IsNotConfirmedByAnEarlierFlush) {
  memory_.hold_confirmations(true);
  open();
  subscription_.flushed(FlushId::kNone);
  EXPECT_FALSE(subscription_.is_active());
}

TEST_F(SubscriptionStatusTest, GivesTheServersOfAClusterTimeToLearnOfIt) {
  memory_.join_cluster();
  open();
  EXPECT_FALSE(subscription_.is_active());
  ASSERT_TRUE(subscription_.retry_at());
  clock_.advance(*subscription_.retry_at() - clock_.monotonic() - std::chrono::milliseconds(1));
  subscription_.tick();
  dispatch_.dispatch();
  EXPECT_FALSE(subscription_.is_active());
  clock_.advance(std::chrono::milliseconds(1));
  subscription_.tick();
  dispatch_.dispatch();
  EXPECT_TRUE(subscription_.is_active());
  EXPECT_EQ(subscription_.retry_at(), std::nullopt);
}

TEST_F(SubscriptionStatusTest, DoesNotAskForTheConfirmationOfALostLink) {
  memory_.join_cluster();
  open();
  broker_.stop();
  dispatch_.dispatch();
  EXPECT_EQ(subscription_.retry_at(), std::nullopt);
}

TEST_F(SubscriptionStatusTest, TakesWhatIsDeliveredAlsoOverTheNextLink) {
  open();
  broker_.publish(kSubject, "one");
  dispatch_.dispatch();
  memory_.lose("gone");
  dispatch_.dispatch();
  broker_.publish(kSubject, "two");
  broker_.publish("remaphore.other", "none of ours");
  dispatch_.dispatch();
  EXPECT_EQ(taken_, "one two ");
}

TEST_F(SubscriptionStatusTest, ReportsEachTroubleOnceAndItsEnd) {
  for (int i = 0; i < 5; ++i) {
    subscription_.lost(lost("a"));
    subscription_.lost(lost("b"));
  }
  EXPECT_EQ(subscription_.trouble(), "never subscribed: b");
  open();
  subscription_.lost(lost("a"));
  clock_.advance(seconds(3));
  open();
  EXPECT_EQ(log_.text(),
            "error: a; trying again\nerror: b; trying again\nReady\nerror: a; trying again\n"
            "error: the connection is back; messages of the last 3s may have been missed\n");
  EXPECT_TRUE(log_.failures.empty());
}

TEST_F(SubscriptionStatusTest, IsHopelessIfItIsDeniedOrRefused) {
  SubscriptionStatus other = make();
  subscription_.denied(denied("not allowed"));
  other.refused("wrong credentials");
  EXPECT_TRUE(subscription_.is_permanently_refused() && other.is_permanently_refused());
  open();
  EXPECT_FALSE(subscription_.is_active());
  EXPECT_EQ(log_.failures, (std::vector<std::string>{"not allowed", "wrong credentials"}));
}

TEST_F(SubscriptionStatusTest, CountsFromTheLastByteThatWasHeard) {
  open();
  const MonotonicTime heard_at = clock_.monotonic();
  clock_.advance(seconds(9));
  subscription_.lost({.reason = "it does not answer", .heard_at = heard_at});
  clock_.advance(seconds(1));
  open();
  EXPECT_TRUE(said("messages of the last 10s may have been missed"));
}

TEST_F(SubscriptionStatusTest, IsAskedForAgainIfTheServerTakesItAway) {
  open();
  memory_.permit_only({});
  memory_.deny("taken away", Denial::Of::kSubscription, kSubject);
  dispatch_.dispatch();
  EXPECT_FALSE(subscription_.is_active() || subscription_.is_permanently_refused());
  ASSERT_TRUE(subscription_.retry_at());
  for (int i = 0; i < 3; ++i) {
    clock_.advance(seconds(1));
    subscription_.tick();
    dispatch_.dispatch();
    EXPECT_FALSE(subscription_.is_active());
  }
  memory_.permit_only({kSubject});
  clock_.advance(seconds(1));
  subscription_.tick();
  dispatch_.dispatch();
  EXPECT_TRUE(subscription_.is_active());
  EXPECT_FALSE(subscription_.retry_at());
  EXPECT_TRUE(said("taken away; trying again"));
  EXPECT_TRUE(said("messages of the last 4s may have been missed"));
  EXPECT_EQ(supervisor_.story().find("subscribed 0/0, cut off (taken away) 0/0"), 0u) << supervisor_.story();
  broker_.publish(kSubject, "heard");
  dispatch_.dispatch();
  EXPECT_EQ(taken_, "heard ");  // once
}

TEST_F(SubscriptionStatusTest, IsHopelessIfItIsDeniedForAMinute) {
  open();
  memory_.permit_only({});
  memory_.deny("taken away", Denial::Of::kSubscription, kSubject);
  dispatch_.dispatch();
  for (int i = 0; i < 59; ++i) {
    clock_.advance(seconds(1));
    subscription_.tick();
    dispatch_.dispatch();
    ASSERT_FALSE(subscription_.is_permanently_refused()) << i;
  }
  clock_.advance(seconds(1));
  subscription_.tick();
  dispatch_.dispatch();
  EXPECT_TRUE(subscription_.is_permanently_refused());
}

// A reply from before a lost link, sent again before the subscription is confirmed.
TEST_F(SubscriptionStatusTest, SurvivesADeniedPublicationBeforeItIsActive) {
  subscription_.denied({.of = Denial::Of::kPublication, .subject = "remaphore.x", .text = "no publication"});
  EXPECT_FALSE(subscription_.is_permanently_refused());
  open();
  EXPECT_TRUE(subscription_.is_active());
}

TEST_F(SubscriptionStatusTest, SurvivesADeniedReply) {
  open();
  for (int i = 0; i < 1000; ++i) subscription_.denied(denied("not allowed"));
  EXPECT_TRUE(subscription_.is_active());
  EXPECT_FALSE(subscription_.is_permanently_refused());
  EXPECT_TRUE(log_.failures.empty());
  EXPECT_LE(log_.lines.size(), 30u);
}

TEST_F(SubscriptionStatusTest, LimitsTheLinesAboutAServerThatKeepsDenying) {
  for (int i = 0; i < 1000; ++i) subscription_.denied(denied("not allowed"));
  EXPECT_EQ(log_.failures, std::vector<std::string>{"not allowed"});
  EXPECT_LE(log_.lines.size(), 30u);
}

TEST_F(SubscriptionStatusTest, SendsSupervisorsNothingMoreOnceItStops) {
  open();
  subscription_.count(1, 0);
  subscription_.stopping(2, 1);
  subscription_.count(3, 3);
  subscription_.lost(lost("gone"));
  EXPECT_EQ(supervisor_.story(), "subscribed 1/0, stopping 2/1");
}

}  // namespace
}  // namespace remaphore
