#include "app/verification_queue.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <random>
#include <string>

#include "support/test_messages.h"

namespace remaphore {
namespace {

// The queue looks at the claimed peer, the size and the arrival only.
class VerificationQueueTest : public testing::Test {
 protected:
  static constexpr std::size_t kSize = 200;  // of each message, to which `size` is added

  UnverifiedMessage unverified(std::size_t peer, int number, std::size_t size = 8) const {
    const WallTime arrival{Duration(number)};
    std::string bytes(peers_[peer].public_key);
    bytes += ",signature,**," + wire::format_time(arrival) + ",ab,ping,_," + std::to_string(number) + ".";
    bytes.resize(kSize + size, '.');
    auto one = screen_message(bytes, arrival, {all_, filter_, std::chrono::seconds(1), guard_});
    EXPECT_TRUE(one) << one.error().reason;
    return std::move(*one);
  }
  static int number_of(const UnverifiedMessage& message) { return std::stoi(std::string(message.fields().payload())); }
  std::string drain(std::size_t most = 100000) {
    std::string order;
    for (; most > 0 && !queue_.empty(); --most) order += std::to_string(number_of(queue_.pop())) + " ";
    return order;
  }

  const std::array<std::string, 4> texts_ = {test::public_text(1), test::public_text(2), test::public_text(3),
                                             test::public_text(4)};
  const Peers all_{{{"a", texts_[0], VerbList("*")},
                    {"b", texts_[1], VerbList("*")},
                    {"c", texts_[2], VerbList("*")},
                    {"d", texts_[3], VerbList("*")}}};
  const std::vector<Peer>& peers_ = all_.all();
  const Filter filter_{};
  const ReplayGuard guard_{4};
  VerificationQueue queue_;
};

TEST_F(VerificationQueueTest, KeepsTheOrderOfArrivalWhileNobodyForges) {
  for (int i = 0; i < 6; ++i) ASSERT_TRUE(queue_.push(unverified(static_cast<std::size_t>(i) % 3, i)));
  EXPECT_EQ(queue_.size(), 6u);
  EXPECT_EQ(drain(), "0 1 2 3 4 5 ");
  EXPECT_EQ(queue_.size(), 0u);
}

TEST_F(VerificationQueueTest, DelaysOnlyThePeerWhoseKeyIsForged) {
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(queue_.push(unverified(0, i)));  // a flood under peer 0's key
  for (int i = 100; i < 104; ++i) ASSERT_TRUE(queue_.push(unverified(1, i)));
  EXPECT_EQ(number_of(queue_.pop()), 0);
  queue_.report_forgery(peers_[0]);
  // At least every second one is honest, in order, whatever waits behind the forged key.
  std::string honest;
  for (int i = 0; i < 8; ++i) {
    const int number = number_of(queue_.pop());
    if (number >= 100) honest += std::to_string(number) + " ";
  }
  EXPECT_EQ(honest, "100 101 102 103 ");
  EXPECT_EQ(queue_.size(), 95u);
}

TEST_F(VerificationQueueTest, LetsWhatArrivesLaterOvertakeAForgedFlood) {
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(queue_.push(unverified(0, i)));
  queue_.pop();
  queue_.report_forgery(peers_[0]);
  for (int i = 0; i < 10; ++i) queue_.pop();
  ASSERT_TRUE(queue_.push(unverified(2, 5000)));
  const int first = number_of(queue_.pop()), second = number_of(queue_.pop());
  EXPECT_TRUE(first == 5000 || second == 5000) << first << ' ' << second;
}

TEST_F(VerificationQueueTest, KeepsTheOrderWithinALane) {
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(queue_.push(unverified(0, i)));
  queue_.pop();
  queue_.report_forgery(peers_[0]);
  ASSERT_TRUE(queue_.push(unverified(0, 5)));
  EXPECT_EQ(drain(), "1 2 3 4 5 ");
}

TEST_F(VerificationQueueTest, GivesEveryLaneItsTurn) {
  for (int i = 0; i < 12; ++i) ASSERT_TRUE(queue_.push(unverified(static_cast<std::size_t>(i) % 3, i)));
  for (std::size_t peer = 0; peer < 3; ++peer) queue_.report_forgery(peers_[peer]);
  for (int i = 100; i < 106; ++i) ASSERT_TRUE(queue_.push(unverified(3, i)));
  std::array<int, 4> seen{};
  for (int i = 0; i < 12; ++i) ++seen[static_cast<std::size_t>(&queue_.pop().claimed() - peers_.data())];
  EXPECT_EQ(seen, (std::array<int, 4>{2, 2, 2, 6}));
}

TEST_F(VerificationQueueTest, ForgetsASuspicionWhenTheLaneIsEmpty) {
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(queue_.push(unverified(0, i)));
  queue_.pop();
  queue_.report_forgery(peers_[0]);
  EXPECT_EQ(drain(), "1 ");
  ASSERT_TRUE(queue_.push(unverified(0, 2)));
  ASSERT_TRUE(queue_.push(unverified(1, 3)));
  ASSERT_TRUE(queue_.push(unverified(0, 4)));
  EXPECT_EQ(drain(), "2 3 4 ");
}

TEST_F(VerificationQueueTest, TakesAForgeryReportOfAKeyThatNothingWaitsUnder) {
  ASSERT_TRUE(queue_.push(unverified(0, 0)));
  queue_.pop();
  queue_.report_forgery(peers_[0]);
  queue_.report_forgery(peers_[1]);
  EXPECT_TRUE(queue_.empty());
  ASSERT_TRUE(queue_.push(unverified(0, 1)));
  queue_.report_forgery(peers_[0]);
  queue_.report_forgery(peers_[0]);  // a second wrong one changes nothing
  EXPECT_EQ(queue_.size(), 1u);
  EXPECT_EQ(drain(), "1 ");
}

TEST_F(VerificationQueueTest, BoundsTheBytesUnderOneKeyAndInTotal) {
  const std::size_t cost = kSize + 100 + UnverifiedMessage::kOverhead;
  queue_ = VerificationQueue({.total = 5 * cost, .per_key = 2 * cost});
  EXPECT_TRUE(queue_.push(unverified(0, 0, 100)));
  EXPECT_TRUE(queue_.push(unverified(0, 1, 100)));
  EXPECT_FALSE(queue_.push(unverified(0, 2, 1)));  // the share of key 0 is used up, others go on
  EXPECT_TRUE(queue_.push(unverified(1, 3, 100)));
  EXPECT_TRUE(queue_.push(unverified(1, 4, 100)));
  EXPECT_TRUE(queue_.push(unverified(2, 5, 100)));
  EXPECT_FALSE(queue_.push(unverified(2, 6, 100)));  // the total is used up
  EXPECT_EQ(queue_.size(), 5u);
  EXPECT_EQ(number_of(queue_.pop()), 0);
  EXPECT_TRUE(queue_.push(unverified(0, 7, 100)));  // what has left makes room
}

// Three keys hold the whole total; a fourth gets its room from them, taking the newest messages of the largest first.
TEST_F(VerificationQueueTest, LetsWhatIsClaimedUnderOtherKeysTakeNoKeysShare) {
  const std::size_t cost = kSize + 100 + UnverifiedMessage::kOverhead;
  queue_ = VerificationQueue({.total = 12 * cost, .per_key = 4 * cost});
  for (int i = 0; i < 12; ++i) ASSERT_TRUE(queue_.push(unverified(static_cast<std::size_t>(i) % 3, i, 100)));
  std::string refused;
  for (int i = 100; i < 103; ++i) {
    const auto pushed = queue_.push(unverified(3, i, 100));
    EXPECT_TRUE(pushed.taken) << i;
    for (const PeerRef& peer : pushed.refused) refused += peer->destination;
  }
  std::sort(refused.begin(), refused.end());
  EXPECT_EQ(refused, "abc");
  const auto surplus = queue_.push(unverified(3, 103, 100));  // it now holds as much as the others
  EXPECT_FALSE(surplus);
  EXPECT_EQ(surplus.refused, std::vector{PeerRef(&peers_[3])});
  EXPECT_EQ(queue_.size(), 12u);
  EXPECT_EQ(drain(), "0 1 2 3 4 5 6 7 8 100 101 102 ");
}

TEST_F(VerificationQueueTest, LetsOneKeyHaveAllTheRoomThatOthersDoNotNeed) {
  const std::size_t cost = kSize + 100 + UnverifiedMessage::kOverhead;
  queue_ = VerificationQueue({.total = 12 * cost});
  for (int i = 0; i < 12; ++i) ASSERT_TRUE(queue_.push(unverified(0, i, 100)));
  EXPECT_FALSE(queue_.push(unverified(0, 12, 100)));
  for (int i = 100; i < 106; ++i) {
    const auto pushed = queue_.push(unverified(1, i, 100));
    EXPECT_TRUE(pushed.taken) << i;
    EXPECT_EQ(pushed.refused, std::vector{PeerRef(&peers_[0])});
  }
  EXPECT_FALSE(queue_.push(unverified(1, 106, 100)));  // both have half
  EXPECT_EQ(drain(), "0 1 2 3 4 5 100 101 102 103 104 105 ");
}

TEST_F(VerificationQueueTest, MakesRoomForALargeOneFromLanesToo) {
  const std::size_t cost = kSize + UnverifiedMessage::kOverhead;
  queue_ = VerificationQueue({.total = 12 * cost, .per_key = 8 * cost});
  for (int i = 0; i < 8; ++i) ASSERT_TRUE(queue_.push(unverified(0, i, 0)));
  for (int i = 8; i < 12; ++i) ASSERT_TRUE(queue_.push(unverified(1, i, 0)));
  queue_.report_forgery(peers_[0]);
  const auto pushed = queue_.push(unverified(2, 100, 2 * cost));
  EXPECT_TRUE(pushed.taken);
  EXPECT_EQ(pushed.refused, std::vector(3, PeerRef(&peers_[0])));
  EXPECT_FALSE(queue_.push(unverified(3, 101, 12 * cost)));  // larger than all there is
  EXPECT_EQ(drain(), "0 8 1 9 2 10 3 11 4 100 ");
}

// All other keys are forged, at random; messages of one key within its share are always taken.
TEST_F(VerificationQueueTest, TakesWhateverIsWithinAShare) {
  const std::size_t cost = kSize + 100 + UnverifiedMessage::kOverhead, total = 40 * cost;
  queue_ = VerificationQueue({.total = total, .per_key = total / 2});
  std::mt19937 random(7);
  std::size_t held = 0;  // by key 3
  for (int i = 0; i < 5000; ++i) {
    for (int forged = 0; forged < 3; ++forged) queue_.push(unverified(random() % 3, i, random() % 100));
    if (held + cost <= total / 4) {
      const auto pushed = queue_.push(unverified(3, i, 100));
      ASSERT_TRUE(pushed.taken);
      held += cost;
      for (const PeerRef& peer : pushed.refused) ASSERT_NE(peer.get(), &peers_[3]);
    }
    if (random() % 8 == 0) queue_.report_forgery(peers_[random() % 3]);
    const UnverifiedMessage out = queue_.pop();
    if (&out.claimed() == &peers_[3]) held -= cost;
  }
}

TEST_F(VerificationQueueTest, BoundsALaneLikeTheCommonQueue) {
  const std::size_t cost = kSize + 100 + UnverifiedMessage::kOverhead;
  queue_ = VerificationQueue({.total = 10 * cost, .per_key = 2 * cost});
  ASSERT_TRUE(queue_.push(unverified(0, 0, 100)));
  queue_.report_forgery(peers_[0]);
  EXPECT_TRUE(queue_.push(unverified(0, 1, 100)));
  EXPECT_FALSE(queue_.push(unverified(0, 2, 100)));
  queue_.pop();
  EXPECT_TRUE(queue_.push(unverified(0, 3, 100)));
  EXPECT_EQ(drain(), "1 3 ");
}

TEST_F(VerificationQueueTest, KnowsTheOldestArrivalThatWaits) {
  const WallTime now{Duration(99)};
  EXPECT_EQ(queue_.oldest_arrival(now), now);
  for (int i = 1; i < 5; ++i) ASSERT_TRUE(queue_.push(unverified(static_cast<std::size_t>(i) % 2, i)));
  EXPECT_EQ(queue_.oldest_arrival(now), WallTime(Duration(1)));
  queue_.report_forgery(peers_[1]);  // 1 and 3 move to a lane
  EXPECT_EQ(queue_.oldest_arrival(now), WallTime(Duration(1)));
  EXPECT_EQ(queue_.oldest_arrival(WallTime(Duration(0))), WallTime(Duration(0)));
  while (!queue_.empty()) {
    const WallTime oldest = queue_.oldest_arrival(now);
    EXPECT_LE(oldest, queue_.pop().arrival());
  }
  EXPECT_EQ(queue_.oldest_arrival(now), now);
}

TEST_F(VerificationQueueTest, ForgetsTheArrivalOfWhatItDrops) {
  const std::size_t cost = kSize + 100 + UnverifiedMessage::kOverhead;
  queue_ = VerificationQueue({.total = 2 * cost, .per_key = 2 * cost});
  ASSERT_TRUE(queue_.push(unverified(0, 7, 100)));
  ASSERT_TRUE(queue_.push(unverified(0, 3, 100)));
  const WallTime now{Duration(99)};
  EXPECT_EQ(queue_.oldest_arrival(now), WallTime(Duration(3)));
  ASSERT_TRUE(queue_.push(unverified(1, 8, 100)));  // in the place of 3
  EXPECT_EQ(queue_.oldest_arrival(now), WallTime(Duration(7)));
}

}  // namespace
}  // namespace remaphore
