#include "app/stream_client.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>

#include "support/app_fixture.h"
#include "support/fake_jetstream.h"

namespace remaphore {
namespace {

using std::chrono::seconds;
using Kind = jetstream::Failure::Kind;

constexpr const char* kInbox = "_INBOX.UME";

class StreamClientTest : public test::AppTest {
 protected:
  StreamClientTest() {
    jetstream::StreamConfig config;
    config.name = "REMAPHORE";
    config.subjects = {kSubject};
    stream_ = &server_.add(config);
    memory_.set_inbox_prefix(kInbox);
    dispatch_.attach(client_);
    dispatch_.connect();
    dispatch_.dispatch();
  }
  std::optional<StreamClient::Answered> next() {
    dispatch_.dispatch();
    return client_.next();
  }
  Kind failure() {
    const auto answered = next();
    if (!answered || answered->payload) return Kind::kOther;
    return answered->payload.error().kind;
  }
  StreamClient::Ticket ask_info() { return client_.ask(jetstream::stream_info("REMAPHORE"), seconds(5)); }

  test::FakeJetStream server_{broker_, clock_};
  test::FakeStream* stream_ = nullptr;
  BusDispatch dispatch_{bus_};
  StreamClient client_{clock_};
};

TEST_F(StreamClientTest, AnswersAreMatchedToTheirRequestsWhateverTheirOrder) {
  stream_->store(kSubject, "one", clock_.now());
  stream_->store(kSubject, "two", clock_.now());
  std::vector<test::FakeJetStream::Event> answers;
  server_.answer_later = [&](auto answer) { answers.push_back(answer); };
  const auto first = client_.ask(jetstream::message_at("REMAPHORE", 1), seconds(5));
  const auto second = client_.ask(jetstream::message_at("REMAPHORE", 2), seconds(5));
  EXPECT_EQ(client_.unanswered(), 2u);
  for (auto answer = answers.rbegin(); answer != answers.rend(); ++answer) (*answer)();
  const auto two = next(), one = next();
  ASSERT_TRUE(one && two);
  EXPECT_EQ(two->ticket, second);
  EXPECT_EQ(parse_answer(two->payload, jetstream::parse_stored_message)->data, "two");
  EXPECT_EQ(one->ticket, first);
  EXPECT_EQ(parse_answer(one->payload, jetstream::parse_stored_message)->data, "one");
  EXPECT_FALSE(next());
  EXPECT_EQ(client_.unanswered(), 0u);
}

TEST_F(StreamClientTest, SubscribesToAsManyInboxesAsItHasRequestsAtATime) {
  EXPECT_TRUE(memory_.subscriptions().empty());
  ask_info();
  ask_info();
  const auto two = memory_.subscriptions();
  ASSERT_EQ(two.size(), 2u);
  EXPECT_TRUE(two[0].starts_with("_INBOX.UME.") && two[0].ends_with("-1")) << two[0];
  EXPECT_TRUE(next() && next());
  ask_info();
  EXPECT_TRUE(next());
  EXPECT_EQ(memory_.subscriptions(), two);
  memory_.lose("cut");
  dispatch_.dispatch();
  ask_info();
  ASSERT_EQ(memory_.subscriptions().size(), 1u);
  EXPECT_EQ(std::count(two.begin(), two.end(), memory_.subscriptions()[0]), 0) << "an old answer may still come there";
}

TEST_F(StreamClientTest, AnInboxWhoseAnswerDidNotComeInTimeIsNotUsedAgain) {
  std::vector<test::FakeJetStream::Event> answers;
  server_.answer_later = [&](auto answer) { answers.push_back(answer); };
  ask_info();
  const auto first = memory_.subscriptions();
  clock_.advance(seconds(5));
  EXPECT_EQ(failure(), Kind::kTimeout);
  EXPECT_TRUE(memory_.subscriptions().empty());
  ask_info();
  EXPECT_NE(memory_.subscriptions(), first);
  answers[0]();
  EXPECT_FALSE(next());
  answers[1]();
  EXPECT_TRUE(next()->payload);
}

TEST_F(StreamClientTest, AtRestItListensToNothingUntilItIsAskedAgain) {
  ask_info();
  client_.forget_all();
  EXPECT_TRUE(memory_.subscriptions().empty());
  EXPECT_EQ(client_.unanswered(), 0u);
  EXPECT_FALSE(next());
  ask_info();
  EXPECT_TRUE(next()->payload);
}

TEST_F(StreamClientTest, AServerThatIdentifiesNobodyGetsAnInboxOfOurOwn) {
  memory_.set_inbox_prefix("");
  ask_info();
  EXPECT_TRUE(next()->payload);
  EXPECT_TRUE(broker_.published[0].reply_to.starts_with("_INBOX."));
}

TEST_F(StreamClientTest, PublishesWithHeadersAndGivesTheAcknowledgement) {
  client_.publish({.subject = kSubject, .payload = "x", .message_id = "ab"}, seconds(5));
  client_.publish({.subject = kSubject, .payload = "x", .message_id = "ab"}, seconds(5));
  const auto first = parse_answer(next()->payload, jetstream::parse_acknowledgement);
  EXPECT_EQ(first->stream, "REMAPHORE");
  EXPECT_EQ(first->sequence, 1u);
  EXPECT_FALSE(first->duplicate);
  const auto again = parse_answer(next()->payload, jetstream::parse_acknowledgement);
  EXPECT_EQ(again->sequence, 1u);
  EXPECT_TRUE(again->duplicate);

  client_.publish({.subject = kSubject, .payload = "y", .expected_sequence = 1}, seconds(5));
  EXPECT_EQ(parse_answer(next()->payload, jetstream::parse_acknowledgement)->sequence, 2u);
  client_.publish({.subject = kSubject, .payload = "z", .expected_sequence = 1}, seconds(5));
  EXPECT_EQ(parse_answer(next()->payload, jetstream::parse_acknowledgement).error().kind, Kind::kWrongSequence);
  const auto& headers = broker_.published.back().headers;
  ASSERT_EQ(headers.size(), 1u);
  EXPECT_EQ(headers[0].first, "Nats-Expected-Last-Subject-Sequence");
  EXPECT_EQ(headers[0].second, "1");
}

TEST_F(StreamClientTest, ARequestTimesOutAndItsLateAnswerIsIgnored) {
  std::vector<test::FakeJetStream::Event> answers;
  server_.answer_later = [&](auto answer) { answers.push_back(answer); };
  const auto ticket = ask_info();
  client_.ask(jetstream::stream_info("REMAPHORE"), seconds(60));
  EXPECT_EQ(client_.wake_at(), clock_.monotonic() + seconds(5));
  clock_.advance(seconds(5));
  const auto late = next();
  ASSERT_TRUE(late);
  EXPECT_EQ(late->ticket, ticket);
  EXPECT_EQ(late->payload.error().kind, Kind::kTimeout);
  EXPECT_EQ(late->payload.error().text, "no answer within 5s");
  answers[0]();
  EXPECT_FALSE(next());
  answers[1]();
  EXPECT_TRUE(next()->payload);
}

TEST_F(StreamClientTest, NobodyThereNoPermissionAndALostLinkAreDistinct) {
  server_.on = false;
  ask_info();
  EXPECT_EQ(failure(), Kind::kNoResponders);
  server_.on = true;
  server_.silent = true;
  ask_info();
  memory_.lose("the link was cut");
  EXPECT_EQ(failure(), Kind::kLost);
  memory_.permit_only({"_INBOX.UME.*", kSubject});
  const auto publication = client_.publish({.subject = kSubject, .payload = "x"}, seconds(5));
  ask_info();
  EXPECT_EQ(failure(), Kind::kDenied);
  EXPECT_EQ(client_.unanswered(), 1u) << "what is permitted waits on";
  client_.forget(publication);
  EXPECT_EQ(client_.unanswered(), 0u);
}

TEST_F(StreamClientTest, WithoutPermissionForTheInboxEveryRequestIsDenied) {
  memory_.permit_only({kSubject});
  server_.silent = true;
  client_.publish({.subject = kSubject, .payload = "x"}, seconds(5));
  EXPECT_EQ(failure(), Kind::kDenied);
}

TEST_F(StreamClientTest, WithoutALinkTheAnswerIsThatAtOnce) {
  broker_.stop();
  dispatch_.dispatch();
  EXPECT_FALSE(client_.is_open());
  ask_info();
  EXPECT_EQ(failure(), Kind::kLost);
  client_.refused("the credentials are refused");
  ask_info();
  EXPECT_EQ(failure(), Kind::kLost);
}

TEST_F(StreamClientTest, WhatTheServerDoesNotTakeIsNotSent) {
  const std::string large(broker_.max_payload - 100, 'x');
  client_.publish({.subject = kSubject, .payload = large, .message_id = "ab"}, seconds(5));
  EXPECT_EQ(failure(), Kind::kTooLarge);
  EXPECT_TRUE(broker_.published.empty());
}

TEST_F(StreamClientTest, AnswersForOthersAndStrangersAreIgnored) {
  server_.silent = true;
  ask_info();
  std::string subject = broker_.published[0].reply_to;
  server_.silent = false;
  for (const std::string& other : {std::string("_INBOX.UME.1"), std::string("_INBOX.UME.x-1"), subject + "0",
                                   subject + "x", subject.substr(0, subject.size() - 1)}) {
    broker_.publish(other, "{}");
    EXPECT_FALSE(next()) << other;
  }
  broker_.publish(subject, "{}");
  EXPECT_TRUE(next());
  broker_.publish(subject, "{}");
  EXPECT_FALSE(next()) << "an answer is taken once";
}

TEST_F(StreamClientTest, TwoClientsOfOneUserDoNotTakeEachOthersAnswers) {
  test::InMemoryBus other_bus(broker_, clock_);
  other_bus.set_inbox_prefix(kInbox);
  BusDispatch other_dispatch(other_bus);
  StreamClient other(clock_);
  other_dispatch.attach(other);
  other_dispatch.connect();
  other_dispatch.dispatch();
  server_.answer_later = [](auto) {};
  other.ask(jetstream::stream_info("REMAPHORE"), seconds(5));
  server_.answer_later = nullptr;
  ask_info();
  EXPECT_TRUE(next());
  other_dispatch.dispatch();
  EXPECT_FALSE(other.next());
}

TEST_F(StreamClientTest, AnAcknowledgementsInboxDoesNotTellThoseOfAnswers) {
  server_.silent = true;
  client_.publish({.subject = kSubject, .payload = "x"}, seconds(5));
  ask_info();
  const std::string& seen = broker_.published[0].reply_to;
  const std::string& hidden = broker_.published[1].reply_to;
  const auto random_part = [](const std::string& name) { return name.substr(0, name.rfind('-')); };
  EXPECT_NE(random_part(seen), random_part(hidden));
  for (int number = 1; number <= 3; ++number) broker_.publish(random_part(seen) + "-" + std::to_string(number), "{}");
  broker_.publish(hidden, "{}");
  EXPECT_TRUE(next() && next());
  EXPECT_FALSE(next());
}

// The server answers in the order of publication: who has seen a message comes too late with another answer to it, and
// must not be able to send one ahead of time.
TEST_F(StreamClientTest, AnAcknowledgementsInboxIsUsedOnceAndCannotBeForeseen) {
  const auto random_part = [](const std::string& name) { return name.substr(0, name.rfind('-')); };
  client_.publish({.subject = kSubject, .payload = "x"}, seconds(5));
  const std::string first = broker_.published[0].reply_to;
  EXPECT_TRUE(next());
  EXPECT_TRUE(memory_.subscriptions().empty());
  server_.silent = true;
  client_.publish({.subject = kSubject, .payload = "y"}, seconds(5));
  EXPECT_EQ(memory_.subscriptions().size(), 1u);
  for (int number = 1; number <= 3; ++number) broker_.publish(random_part(first) + "-" + std::to_string(number), "{}");
  EXPECT_FALSE(next());
}

TEST_F(StreamClientTest, NoProcessIsSentTheAnswersToAnother) {
  std::deque<test::InMemoryBus> buses;
  std::deque<BusDispatch> dispatches;
  std::deque<StreamClient> others;
  for (int i = 0; i < 10; ++i) {
    auto& bus = buses.emplace_back(broker_, clock_);
    bus.set_inbox_prefix(kInbox);
    dispatches.emplace_back(bus).attach(others.emplace_back(clock_));
    dispatches.back().connect();
    dispatches.back().dispatch();
    others.back().ask(jetstream::stream_info("REMAPHORE"), seconds(5));
  }
  broker_.deliveries = 0;
  ask_info();
  EXPECT_EQ(broker_.deliveries, 1u);
}

}  // namespace
}  // namespace remaphore
