#include "app/reply_queue.h"

#include <gtest/gtest.h>

#include <variant>

#include "core/subject.h"
#include "core/wire.h"
#include "support/app_fixture.h"

namespace remaphore {
namespace {

class ReplyQueueTest : public test::AppTest {
 protected:
  ReplyQueueTest() { dispatch_.attach(replies_); }
  static Digest request(int number) { return keys::sha256(std::to_string(number)); }
  void add(int number, const std::string& output = "out") { replies_.add({request(number), 0, output, 0}); }

  void take_events() { dispatch_.dispatch(); }
  // Payloads that the server got, in order.
  std::string published() const {
    std::string all;
    for (const auto& one : broker_.published) all += std::string(wire::Fields::split(one.payload)->payload()) + " ";
    return all;
  }

  ReplyQueue replies_{config_, clock_, log_};
  BusDispatch dispatch_{bus_};
};

TEST_F(ReplyQueueTest, PublishesASignedBoundReply) {
  bus_.connect();
  take_events();
  replies_.add({request(1), 3, "some\noutput", 0});
  replies_.flush();
  ASSERT_EQ(broker_.published.size(), 1u);
  EXPECT_EQ(broker_.published[0].subject, subject::reply("remaphore", request(1)));
  const std::string& bytes = broker_.published[0].payload;
  const Peers peers({{"node1", config_.default_signer().public_key, VerbList(""), 1}});
  auto screened =
      screen_reply(bytes, clock_.now(), {peers, peers, Uuid::from_hash(request(1)), true, config_.allow_skew});
  ASSERT_TRUE(screened) << screened.error().reason;
  const auto reply = verify_reply(std::move(*screened));
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->payload(), "3,some\noutput");
}

TEST_F(ReplyQueueTest, KeepsRepliesUntilThereIsALink) {
  add(1, "a");
  replies_.flush();
  EXPECT_EQ(published(), "");
  bus_.connect();
  take_events();
  replies_.flush();
  EXPECT_EQ(published(), "0,a ");
  EXPECT_EQ(replies_.size(), 1u);  // until it is confirmed
  take_events();
  EXPECT_TRUE(replies_.empty());
}

TEST_F(ReplyQueueTest, SignsAReplyWhenItIsSent) {
  add(1);
  clock_.advance(std::chrono::hours(1));
  bus_.connect();
  take_events();
  replies_.flush();
  EXPECT_EQ(wire::parse_time(wire::Fields::split(broker_.published[0].payload)->time()), clock_.now());
}

TEST_F(ReplyQueueTest, SendsAgainWhatALostLinkLeftUnconfirmed) {
  bus_.at(test::FaultyBus::Operation::kFlush, 1, test::FaultyBus::Fault::kLostBefore);
  bus_.connect();
  take_events();
  add(1, "a");
  add(2, "b");
  replies_.flush();
  EXPECT_EQ(published(), "0,a 0,b ");
  take_events();  // lost, and open again
  EXPECT_EQ(replies_.size(), 2u);
  replies_.flush();
  EXPECT_EQ(published(), "0,a 0,b 0,a 0,b ");
  take_events();
  EXPECT_TRUE(replies_.empty());
}

TEST_F(ReplyQueueTest, NeverSendsAgainWhatWasConfirmed) {
  bus_.connect();
  take_events();
  add(1, "a");
  replies_.flush();
  take_events();
  add(2, "b");
  memory_.hold_confirmations(true);
  replies_.flush();
  memory_.lose("gone");
  memory_.hold_confirmations(false);
  take_events();
  replies_.flush();
  EXPECT_EQ(published(), "0,a 0,b 0,b ");
}

TEST_F(ReplyQueueTest, CountsConfirmationsOfSeveralBatches) {
  bus_.connect();
  take_events();
  add(1, "a");
  replies_.flush();
  add(2, "b");
  add(3, "c");
  replies_.flush();
  EXPECT_EQ(replies_.size(), 3u);
  const FlushId first = std::get<Flushed>(*bus_.next()).id, second = std::get<Flushed>(*bus_.next()).id;
  replies_.flushed(first);
  EXPECT_EQ(replies_.size(), 2u);
  replies_.flushed(first);  // nothing new
  EXPECT_EQ(replies_.size(), 2u);
  replies_.flushed(second);
  EXPECT_EQ(replies_.size(), 0u);
  replies_.flush();
  EXPECT_EQ(published(), "0,a 0,b 0,c ");
}

// The listener flushes its subscription itself: that says nothing about replies.
TEST_F(ReplyQueueTest, DropsNothingForAnEarlierFlushOfAnotherClient) {
  bus_.connect();
  take_events();
  const FlushId other = bus_.flush();
  add(1, "a");
  replies_.flush();
  replies_.flushed(other);
  EXPECT_EQ(replies_.size(), 1u);
  take_events();
  EXPECT_EQ(replies_.size(), 0u);
}

TEST_F(ReplyQueueTest, TakesALaterFlushOfAnotherClientForItsOwn) {
  bus_.connect();
  take_events();
  memory_.hold_confirmations(true);
  add(1, "a");
  replies_.flush();
  replies_.flushed(bus_.flush());
  EXPECT_TRUE(replies_.empty());
}

TEST_F(ReplyQueueTest, CutsOutputToWhatTheServerTakes) {
  broker_.max_payload = 1000;
  bus_.connect();
  take_events();
  add(1, std::string(5000, 'x'));
  replies_.flush();
  ASSERT_EQ(broker_.published.size(), 1u);
  EXPECT_LE(broker_.published[0].payload.size(), 1000u);
  EXPECT_GT(broker_.published[0].payload.size(), 900u);
  EXPECT_NE(broker_.published[0].payload.find("more bytes of output cut]"), std::string::npos);
}

TEST_F(ReplyQueueTest, ReportsAServerThatTakesNoReplyAtAll) {
  broker_.max_payload = 100;
  bus_.connect();
  take_events();
  EXPECT_EQ(replies_.answer_limit(), 0u);
  add(1);
  replies_.flush();
  EXPECT_TRUE(broker_.published.empty());
  EXPECT_TRUE(said("cannot be sent: the server takes 100"));
  take_events();
  EXPECT_TRUE(replies_.empty());  // it does not stand in the way of others
}

TEST_F(ReplyQueueTest, KnowsWhenItIsCrowded) {
  EXPECT_FALSE(replies_.crowded());
  const std::string mebibyte(1u << 20, 'x');
  for (int i = 0; i < 63; ++i) add(i, mebibyte);
  EXPECT_FALSE(replies_.crowded());
  add(63, mebibyte);
  EXPECT_TRUE(replies_.crowded());
}

TEST_F(ReplyQueueTest, IsCrowdedByManyRepliesWithoutOutputToo) {
  const int most = static_cast<int>(ReplyQueue::kCrowded / ReplyQueue::kOverhead);
  for (int i = 0; i < most; ++i) add(i, "");
  EXPECT_FALSE(replies_.crowded());
  add(most, "");
  EXPECT_TRUE(replies_.crowded());
}

TEST_F(ReplyQueueTest, PublishesNoMoreThanTheLinkTakes) {
  bus_.connect();
  take_events();
  add(1, "a");
  memory_.set_unsent(ReplyQueue::kSentAhead);
  EXPECT_FALSE(replies_.has_unsent());
  replies_.flush();
  EXPECT_EQ(published(), "");
  memory_.set_unsent(ReplyQueue::kSentAhead - 1);
  EXPECT_TRUE(replies_.has_unsent());
  replies_.flush();
  EXPECT_EQ(published(), "0,a ");
}

TEST_F(ReplyQueueTest, CountsWhatWaitsInTheLinkAndTheSignedBytes) {
  bus_.connect();
  take_events();
  memory_.set_unsent(ReplyQueue::kCrowded);
  EXPECT_FALSE(replies_.crowded());
  memory_.set_unsent(ReplyQueue::kCrowded + 1);
  EXPECT_TRUE(replies_.crowded());
  memory_.set_unsent(0);
  memory_.hold_confirmations(true);
  const std::string output(100'000, 'x');
  add(1, output);
  EXPECT_FALSE(replies_.crowded(150'000));
  replies_.flush();
  EXPECT_TRUE(replies_.crowded(150'000));
  replies_.flushed(bus_.flush());
  EXPECT_FALSE(replies_.crowded(0));
}

TEST_F(ReplyQueueTest, SendsARepeatAsItWasSoThatARequesterCanTell) {
  bus_.connect();
  take_events();
  add(1, "once");
  replies_.flush();
  replies_.lost({});
  replies_.opened();
  replies_.flush();
  ASSERT_EQ(broker_.published.size(), 2u);
  EXPECT_EQ(broker_.published[0].payload, broker_.published[1].payload);
}

}  // namespace
}  // namespace remaphore
