#include "app/publisher.h"

#include <gtest/gtest.h>

#include "core/wire.h"
#include "support/app_fixture.h"
#include "support/fake_workers.h"

namespace remaphore {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using State = Publisher::State;

class PublisherTest : public test::AppTest {
 protected:
  PublisherTest() {
    options_.message = test::message_saying("hello");
    options_.identity = &config_.default_signer();
    options_.subject = kSubject;
    dispatch_.connect();
  }
  // The server accepts everything, and confirms nothing yet.
  State send(Publisher& publisher) {
    memory_.hold_confirmations(true);
    dispatch_.attach(publisher);
    dispatch_.dispatch();
    return publisher.state();
  }
  static LinkLost lost(bool maybe_delivered) { return {.reason = "link lost", .maybe_delivered = maybe_delivered}; }
  static Denial denied(const char* text) { return {.text = text}; }

  SendOptions options_;
  BusDispatch dispatch_{bus_};
};

TEST_F(PublisherTest, PublishesWhenTheLinkIsOpenAndWaitsForTheConfirmation) {
  Publisher publisher(options_, clock_, log_);
  EXPECT_EQ(publisher.state(), State::kUnsent);
  EXPECT_TRUE(broker_.published.empty());
  EXPECT_EQ(send(publisher), State::kSent);
  ASSERT_EQ(broker_.published.size(), 1u);
  EXPECT_EQ(broker_.published[0].subject, kSubject);
  EXPECT_EQ(broker_.published[0].payload, wire::encode(options_.message, config_.default_signer().secret_key));
  EXPECT_EQ(publisher.hash(), wire::hash(broker_.published[0].payload));
  Publisher next(options_, clock_, log_);
  memory_.hold_confirmations(false);
  dispatch_.attach(next);  // over the same link
  EXPECT_EQ(next.state(), State::kSent);
  dispatch_.dispatch();
  EXPECT_EQ(next.state(), State::kConfirmed);
  EXPECT_EQ(log_.text(), "");
}

TEST_F(PublisherTest, SignsAgainIfTheServerWasSlow) {
  Publisher publisher(options_, clock_, log_);
  clock_.advance(seconds(4));
  send(publisher);
  const auto time = wire::parse_time(wire::Fields::split(broker_.published[0].payload)->time());
  EXPECT_EQ(*time, clock_.now());
}

TEST_F(PublisherTest, SendsWhatItPreparedHoweverLongThatTook) {
  Publisher publisher(options_, clock_, log_);
  clock_.advance(seconds(4));
  publisher.prepare();
  const Digest prepared = publisher.hash();
  clock_.advance(seconds(4));
  publisher.prepare();
  EXPECT_EQ(publisher.hash(), prepared);
  send(publisher);
  EXPECT_EQ(wire::hash(broker_.published[0].payload), prepared);
}

TEST_F(PublisherTest, WasNotTakenByAServerThatRefusesTheCredentials) {
  Publisher publisher(options_, clock_, log_);
  EXPECT_EQ(send(publisher), State::kSent);
  EXPECT_TRUE(publisher.written());
  publisher.refused("refused");
  EXPECT_EQ(publisher.state(), State::kAbandoned);
  EXPECT_FALSE(publisher.written());
}

TEST_F(PublisherTest, StaysTakenIfTheCredentialsAreRefusedLater) {
  Publisher publisher(options_, clock_, log_);
  dispatch_.attach(publisher);
  dispatch_.dispatch();
  EXPECT_EQ(publisher.state(), State::kConfirmed);
  publisher.refused("refused");
  EXPECT_EQ(publisher.state(), State::kAbandoned);
  EXPECT_TRUE(publisher.written());
}

TEST_F(PublisherTest, RefusesWhatIsLargerThanTheServerTakes) {
  broker_.max_payload = 50;
  test::InMemoryBus small(broker_, clock_);
  BusDispatch dispatch(small);
  dispatch.connect();
  Publisher publisher(options_, clock_, log_);
  dispatch.attach(publisher);
  dispatch.dispatch();
  EXPECT_EQ(publisher.state(), State::kAbandoned);
  EXPECT_TRUE(broker_.published.empty());
  const std::size_t size = wire::encode(options_.message, config_.default_signer().secret_key).size();
  EXPECT_EQ(log_.text(), "error: the message is too large: " + std::to_string(size) +
                             " bytes; the server takes at most 50 (max_payload)\n");
}

TEST_F(PublisherTest, FailsIfTheServerDeniesOrRefuses) {
  Publisher one(options_, clock_, log_);
  send(one);
  one.denied(denied("permissions violation"));
  EXPECT_EQ(one.state(), State::kAbandoned);
  Publisher other(options_, clock_, log_);
  other.refused("bad credentials");
  EXPECT_EQ(other.state(), State::kAbandoned);
  EXPECT_EQ(log_.text(), "error: permissions violation\nerror: bad credentials\n");
}

TEST_F(PublisherTest, IsNotConcernedByDenialsOfSubscriptionsOrLaterOnesOfOtherSubjects) {
  const Denial subscription{.of = Denial::Of::kSubscription, .text = "x"};
  const Denial other{.of = Denial::Of::kPublication, .subject = "remaphore.x", .text = "x"};
  Publisher sent(options_, clock_, log_);
  send(sent);
  sent.denied(subscription);
  EXPECT_EQ(sent.state(), State::kSent);
  sent.denied(other);  // the server may use that name for it
  EXPECT_EQ(sent.state(), State::kAbandoned);
  memory_.hold_confirmations(false);
  Publisher confirmed(options_, clock_, log_);
  dispatch_.attach(confirmed);
  dispatch_.dispatch();
  confirmed.denied(other);
  EXPECT_EQ(confirmed.state(), State::kConfirmed);
}

TEST_F(PublisherTest, GoesOnTryingWhileNothingWasWritten) {
  Publisher publisher(options_, clock_, log_);
  publisher.lost(lost(false));
  publisher.lost(lost(false));
  EXPECT_EQ(publisher.state(), State::kUnsent);
  EXPECT_EQ(send(publisher), State::kSent);
  publisher.lost(lost(false));  // the server took nothing of it
  EXPECT_EQ(publisher.state(), State::kUnsent);
  EXPECT_FALSE(publisher.written());
  EXPECT_EQ(log_.text(), "");
}

TEST_F(PublisherTest, IsNotSentAgainOnceItMayHaveBeenDelivered) {
  Publisher sent(options_, clock_, log_);
  send(sent);
  sent.lost(lost(true));
  EXPECT_EQ(sent.state(), State::kUncertain);
  sent.lost({.reason = "nobody is there"});
  sent.opened();
  EXPECT_EQ(broker_.published.size(), 1u);
  sent.give_up(seconds(10));
  EXPECT_EQ(sent.state(), State::kAbandoned);
  EXPECT_TRUE(said("link lost; the message may have been delivered"));
}

TEST_F(PublisherTest, StaysConfirmedIfTheLinkIsLost) {
  Publisher publisher(options_, clock_, log_);
  dispatch_.attach(publisher);
  dispatch_.dispatch();
  publisher.lost(lost(false));
  publisher.opened();
  EXPECT_EQ(publisher.state(), State::kConfirmed);
  EXPECT_EQ(broker_.published.size(), 1u);
  EXPECT_EQ(log_.text(), "");
}

TEST_F(PublisherTest, ReportsHowFarItGotWhenItGivesUp) {
  Publisher unheard(options_, clock_, log_);
  unheard.give_up(milliseconds(500));
  EXPECT_EQ(log_.lines.back(), "error: no server answered within 500ms");
  EXPECT_EQ(unheard.state(), State::kAbandoned);
  Publisher turned_away(options_, clock_, log_);
  turned_away.lost(lost(false));
  turned_away.give_up(seconds(10));
  EXPECT_EQ(log_.lines.back(), "error: no server accepted the message within 10s: link lost");
  Publisher unconfirmed(options_, clock_, log_);
  send(unconfirmed);
  unconfirmed.give_up(seconds(10));
  EXPECT_EQ(log_.lines.back(),
            "error: no confirmation from the server within 10s; the message may have been delivered");
}

class ManyMessagesTest : public PublisherTest {
 protected:
  void address(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) options_.names.push_back("node" + std::to_string(i));
  }
  std::string_view destination_of(std::size_t i) const {
    return wire::Fields::split(broker_.published[i].payload)->destination();
  }
};

TEST_F(ManyMessagesTest, AreSignedEachForItsName) {
  address(3);
  Publisher publisher(options_, clock_, log_);
  std::vector<std::size_t> announced;
  std::vector<Digest> hashes;
  publisher.on_sending([&](std::size_t i) {
    announced.push_back(i);
    hashes.push_back(publisher.hash(i));
  });
  dispatch_.attach(publisher);
  dispatch_.dispatch();
  EXPECT_EQ(publisher.state(), State::kConfirmed);
  EXPECT_EQ(announced, (std::vector<std::size_t>{0, 1, 2}));
  ASSERT_EQ(broker_.published.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(destination_of(i), options_.names[i]);
    EXPECT_EQ(hashes[i], wire::hash(broker_.published[i].payload));
  }
}

TEST_F(ManyMessagesTest, AreSignedAheadWhileTheOthersAreOnTheirWay) {
  address(300);
  test::FakeWorkers workers;
  Publisher publisher(options_, clock_, log_, &workers);
  publisher.on_sending([&](std::size_t) { workers.work_backwards(1); });
  send(publisher);
  EXPECT_EQ(publisher.in_flight(), 256u);
  EXPECT_EQ(workers.waiting.size(), 0u);  // the 44 that come next are signed
  clock_.advance(milliseconds(50));
  memory_.hold_confirmations(false);
  bus_.flush();  // confirms what came before it
  dispatch_.dispatch();
  ASSERT_EQ(broker_.published.size(), 300u);
  for (std::size_t i = 0; i < 300; ++i) {
    options_.message.destination = options_.names[i];
    EXPECT_EQ(broker_.published[i].payload, wire::encode(options_.message, config_.default_signer().secret_key)) << i;
  }
}

TEST_F(ManyMessagesTest, DoNotWaitForThreadsThatAreBusy) {
  address(200);
  test::FakeWorkers workers;
  Publisher publisher(options_, clock_, log_, &workers);
  publisher.release(200);
  workers.take(60);
  send(publisher);
  EXPECT_EQ(broker_.published.size(), 200u);
  workers.finish();
}

TEST_F(ManyMessagesTest, AreNotSignedBeforeTheyAreReleased) {
  address(200);
  test::FakeWorkers workers;
  Publisher publisher(options_, clock_, log_, &workers);
  publisher.release(10);
  EXPECT_EQ(workers.waiting.size(), 9u);  // and the first
  send(publisher);
  EXPECT_EQ(workers.waiting.size(), 0u);
}

TEST_F(ManyMessagesTest, AreSignedAgainIfTheServerWasSlow) {
  address(3);
  test::FakeWorkers workers;
  Publisher publisher(options_, clock_, log_, &workers);
  publisher.release(3);
  workers.work_backwards(3);
  clock_.advance(seconds(4));
  send(publisher);
  for (const auto& message : broker_.published) {
    EXPECT_EQ(wire::parse_time(wire::Fields::split(message.payload)->time()), clock_.now());
  }
}

TEST_F(ManyMessagesTest, GoOutInGroupsOfWhichFewAreOnTheirWay) {
  address(1'000);
  Publisher held(options_, clock_, log_);
  EXPECT_EQ(send(held), State::kUnsent);
  EXPECT_EQ(held.in_flight(), 256u);
  EXPECT_EQ(broker_.published.size(), 256u);
  broker_.published.clear();
  memory_.hold_confirmations(false);
  Publisher publisher(options_, clock_, log_);
  dispatch_.attach(publisher);
  dispatch_.dispatch();
  EXPECT_EQ(publisher.state(), State::kConfirmed);
  ASSERT_GE(broker_.published.size(), 1'000u);
  for (std::size_t i = 0; i < 256; ++i) EXPECT_EQ(destination_of(i), options_.names[i]);
}

TEST_F(ManyMessagesTest, AreBoundedInBytesToo) {
  address(40);
  options_.message.payload = std::string(400'000, 'x');
  Publisher publisher(options_, clock_, log_);
  send(publisher);
  EXPECT_EQ(publisher.in_flight(), 12u);  // four groups of three
}

TEST_F(ManyMessagesTest, WaitUntilTheyAreReleased) {
  address(5);
  Publisher publisher(options_, clock_, log_);
  publisher.release(2);
  dispatch_.attach(publisher);
  dispatch_.dispatch();
  EXPECT_EQ(publisher.state(), State::kConfirmed);
  EXPECT_EQ(broker_.published.size(), 2u);
  EXPECT_FALSE(publisher.written(2));
  publisher.release(5);
  dispatch_.dispatch();
  EXPECT_EQ(publisher.confirmed(), 5u);
}

TEST_F(ManyMessagesTest, AreSentAgainInOrderIfNoServerTookThem) {
  address(3);
  Publisher publisher(options_, clock_, log_);
  send(publisher);
  publisher.lost(lost(false));
  EXPECT_EQ(publisher.state(), State::kUnsent);
  EXPECT_FALSE(publisher.written());
  publisher.opened();
  ASSERT_EQ(broker_.published.size(), 6u);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(destination_of(3 + i), options_.names[i]);
}

TEST_F(ManyMessagesTest, ResendsOnlyMessagesThatCannotHaveBeenDelivered) {
  address(300);
  Publisher publisher(options_, clock_, log_);
  send(publisher);
  publisher.lost(lost(true));
  EXPECT_EQ(publisher.state(), State::kUncertain);
  EXPECT_EQ(publisher.unsent(), 44u);
  memory_.hold_confirmations(false);
  publisher.opened();
  ASSERT_EQ(broker_.published.size(), 300u);
  EXPECT_EQ(destination_of(256), "node256");
}

TEST_F(ManyMessagesTest, AreCountedWhenItGivesUp) {
  address(300);
  Publisher publisher(options_, clock_, log_);
  send(publisher);
  publisher.lost(lost(true));
  publisher.give_up(seconds(10));
  EXPECT_EQ(log_.lines.back(),
            "error: link lost; of 300 messages, 0 were confirmed, 256 more may have been delivered, 44 were not sent");
  Publisher unheard(options_, clock_, log_);
  unheard.give_up(seconds(1));
  EXPECT_EQ(log_.lines.back(), "error: no server answered within 1s; none of 300 messages was sent");
}

TEST_F(ManyMessagesTest, AreMeasuredBeforeTheFirstIsSent) {
  const std::size_t size = wire::encode(options_.message, config_.default_signer().secret_key).size();
  options_.names = {"**", "a longer name"};
  broker_.max_payload = size;  // enough for the first
  test::InMemoryBus small(broker_, clock_);
  BusDispatch dispatch(small);
  dispatch.connect();
  Publisher publisher(options_, clock_, log_);
  dispatch.attach(publisher);
  dispatch.dispatch();
  EXPECT_EQ(publisher.state(), State::kAbandoned);
  EXPECT_TRUE(broker_.published.empty());
}

}  // namespace
}  // namespace remaphore
