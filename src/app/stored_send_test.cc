#include "app/stored_send.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/hex.h"
#include "core/wire.h"
#include "support/app_fixture.h"
#include "support/fake_jetstream.h"

namespace remaphore {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Fault = test::FaultyBus::Fault;
using Operation = test::FaultyBus::Operation;

class StoredSendTest : public test::AppTest {
 protected:
  StoredSendTest() {
    options_.message = test::message_saying("hello");
    options_.identity = &config_.default_signer();
    options_.subject = kSubject;
    stream_ = &server_.add(stream_config());
    memory_.set_inbox_prefix("_INBOX.UME");
  }
  static jetstream::StreamConfig stream_config() {
    jetstream::StreamConfig config;
    config.name = "REMAPHORE";
    config.subjects = {kSubject};
    return config;
  }
  std::vector<jetstream::Acknowledgement> run_all() {
    const auto on_record = [this](const std::string& record) { records_ += record; };
    return send_stored(options_, "REMAPHORE", {bus_, clock_, poller_, log_}, on_record);
  }
  std::optional<jetstream::Acknowledgement> run() {
    auto kept = run_all();
    return kept.empty() ? std::nullopt : std::optional(kept.front());
  }
  std::vector<std::string> destinations_sent() const {
    std::vector<std::string> found;
    for (const auto& one : broker_.published) {
      if (one.subject == kSubject) found.emplace_back(wire::Fields::split(one.payload)->destination());
    }
    return found;
  }

  test::FakeJetStream server_{broker_, clock_};
  test::FakeStream* stream_ = nullptr;
  SendOptions options_;
  std::string records_;
};

TEST_F(StoredSendTest, EndsWellOnceTheStreamHasIt) {
  const auto kept = run();
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->stream, "REMAPHORE");
  EXPECT_EQ(kept->sequence, 1u);
  EXPECT_FALSE(kept->duplicate);
  EXPECT_EQ(stream_->last(), 1u);
  EXPECT_EQ(log_.text(), "");
}

TEST_F(StoredSendTest, ItsMessageIdIsTheHashOfItsBytes) {
  run();
  const auto& sent = broker_.published.at(0);
  ASSERT_EQ(sent.headers.size(), 1u);
  EXPECT_EQ(sent.headers[0].first, "Nats-Msg-Id");
  EXPECT_EQ(sent.headers[0].second, hex::encode(wire::hash(sent.payload).bytes));
}

TEST_F(StoredSendTest, SendsTheSameBytesAgainAfterALinkThatWasLostBeforeTheAnswer) {
  server_.swallowed_acks = 2;
  poller_.after(milliseconds(100), [this] { memory_.lose("cut", test::Unconfirmed::kMaybeDelivered); });
  poller_.after(seconds(4), [this] { memory_.lose("cut", test::Unconfirmed::kMaybeDelivered); });
  const auto kept = run();
  ASSERT_TRUE(kept);
  EXPECT_TRUE(kept->duplicate);
  EXPECT_EQ(kept->sequence, 1u);
  std::vector<std::string> sent;
  for (const auto& one : broker_.published) {
    if (one.subject == kSubject) sent.push_back(one.payload);
  }
  ASSERT_EQ(sent.size(), 3u);
  EXPECT_EQ(sent[0], sent[1]);
  EXPECT_EQ(sent[0], sent[2]);
}

TEST_F(StoredSendTest, SignsAgainWhatNoServerHasTaken) {
  broker_.stop();
  poller_.after(seconds(7), [this] { broker_.start(); });
  ASSERT_TRUE(run());
  const auto time = wire::parse_time(wire::Fields::split(broker_.published.at(0).payload)->time());
  EXPECT_EQ(*time, clock_.now());
}

TEST_F(StoredSendTest, FailsAtOnceIfNoStreamAndNobodyIsThere) {
  server_.on = false;
  memory_.say_that_it_keeps_no_streams();
  const MonotonicTime start = clock_.monotonic();
  EXPECT_FALSE(run());
  EXPECT_EQ(clock_.monotonic(), start);
  EXPECT_TRUE(said("nobody is listening, and no stream keeps the message: the server has no JetStream"));
  EXPECT_TRUE(said("remaphore-fleet provision DIR"));
}

TEST_F(StoredSendTest, FindsOutWhyNoStreamHasItWithoutListeners) {
  server_.remove_streams();
  EXPECT_FALSE(run());
  EXPECT_TRUE(said("nobody is listening, and no stream keeps the message: the server has no stream REMAPHORE"))
      << log_.text();
  stream_ = &server_.add(stream_config());
  stream_->config().subjects = {"remaphore.other"};
  EXPECT_FALSE(run());
  EXPECT_TRUE(said("nobody is listening, and no stream keeps the message: stream REMAPHORE does not keep"))
      << log_.text();
  EXPECT_TRUE(said("--keep-subject \"all\""));
}

// Somebody listens, so that the server reports nothing.
TEST_F(StoredSendTest, FindsOutWhyThereIsNoConfirmation) {
  struct {
    std::function<void()> set_up;
    const char* reason;
  } const cases[] = {
      {[this] { server_.remove_streams(); }, "the server has no stream REMAPHORE: remaphore-fleet provision DIR"},
      {[this] { stream_->config().subjects = {"remaphore.other"}; }, "--keep-subject \"all\""},
      {[this] {
         server_.remove_streams();
         server_.for_account = false;
       },
       "the server has no JetStream, or none for this account"},
      {[this] { server_.silent = true; }, "the server has no JetStream (no answer within 2s)"},
  };
  test::InMemoryBus listener(broker_, clock_);
  listener.connect();
  listener.next();
  listener.subscribe(kSubject);
  for (const auto& one : cases) {
    log_.lines.clear();
    one.set_up();
    const MonotonicTime start = clock_.monotonic();
    EXPECT_FALSE(run()) << one.reason;
    EXPECT_LE(clock_.monotonic() - start, seconds(5));
    EXPECT_TRUE(said(one.reason)) << log_.text();
    EXPECT_TRUE(said("no stream keeps it")) << log_.text();
    server_.silent = false;
    server_.for_account = true;
    server_.remove_streams();
    stream_ = &server_.add(stream_config());
  }
}

TEST_F(StoredSendTest, WaitsForASlowStreamUntilItsTimeout) {
  server_.swallowed_acks = 1;
  const MonotonicTime start = clock_.monotonic();
  EXPECT_FALSE(run());
  EXPECT_EQ(clock_.monotonic() - start, seconds(10));
  EXPECT_TRUE(said("has not confirmed within 10s that it keeps the message; it may have been delivered and kept"));
}

TEST_F(StoredSendTest, FailsIfTheStreamIsFull) {
  stream_->config().discard = jetstream::StreamConfig::Discard::kNew;
  stream_->config().max_messages = 0;
  EXPECT_FALSE(run());
  EXPECT_TRUE(said("stream REMAPHORE accepts no more: \"maximum messages exceeded\""));
}

TEST_F(StoredSendTest, FailsIfItIsNotPermitted) {
  memory_.permit_only({kSubject});
  EXPECT_FALSE(run());
  EXPECT_TRUE(said("no subscription to _INBOX.UME."));
  EXPECT_TRUE(said(": remaphore-fleet provision DIR"));
}

TEST_F(StoredSendTest, FailsIfAnotherStreamHasIt) {
  server_.remove_streams();
  auto other = stream_config();
  other.name = "OTHER";
  server_.add(other);
  EXPECT_FALSE(run());
  EXPECT_TRUE(said("the message was stored by stream \"OTHER\", not REMAPHORE"));
}

TEST_F(StoredSendTest, WithoutAServerItFailsAsAnySender) {
  broker_.stop();
  const MonotonicTime start = clock_.monotonic();
  EXPECT_FALSE(run());
  EXPECT_EQ(clock_.monotonic() - start, seconds(10));
  EXPECT_TRUE(said("no server accepted the message within 10s: cannot connect to memory: nobody is there"));
}

TEST_F(StoredSendTest, RetriesALostLinkUntilItsTimeoutAndReportsWhatMayHaveHappened) {
  server_.silent = true;
  options_.timeout = seconds(3);
  poller_.after(milliseconds(100), [this] { broker_.stop(); });
  EXPECT_FALSE(run());
  EXPECT_TRUE(said("it may have been delivered and kept"));
}

TEST_F(StoredSendTest, EndsWhenAskedOrRefused) {
  server_.silent = true;
  poller_.after(milliseconds(100), [this] { poller_.stop(15); });
  EXPECT_FALSE(run());
  test::InMemoryBus refused(broker_, clock_);
  refused.refuse_credentials();
  EXPECT_TRUE(send_stored(options_, "REMAPHORE", {refused, clock_, poller_, log_}).empty());
  EXPECT_TRUE(said("refuses the credentials"));
}

TEST_F(StoredSendTest, KeepsOneMessageForEachOfSeveralNodesInOrder) {
  options_.names = {"node3", "node2", "node4"};
  const auto kept = run_all();
  ASSERT_EQ(kept.size(), 3u);
  for (std::uint64_t i = 0; i < 3; ++i) EXPECT_EQ(kept[i].sequence, i + 1);
  EXPECT_EQ(destinations_sent(), options_.names);
  EXPECT_EQ(std::count(records_.begin(), records_.end(), '\n'), 3);
  EXPECT_NE(records_.find(R"("destination":"node4")"), std::string::npos);
  EXPECT_EQ(log_.text(), "");
}

TEST_F(StoredSendTest, OfSeveralThoseThatAreKeptAreCountedIfOneIsNot) {
  options_.names = {"node2", "node3", "node4"};
  stream_->config().discard = jetstream::StreamConfig::Discard::kNew;
  stream_->config().max_messages = 2;
  EXPECT_EQ(run_all().size(), 2u);
  EXPECT_TRUE(said("; kept so far: 2 of 3 messages")) << log_.text();
}

TEST_F(StoredSendTest, OfSeveralOnlyTheOneThatWasOnItsWayIsSentAgain) {
  options_.names = {"node2", "node3", "node4"};
  broker_.on_publish = [this](const std::string& subject, const std::string&) {
    if (subject == kSubject && destinations_sent().size() == 1) {
      server_.swallowed_acks = 1;
      poller_.after(milliseconds(100), [this] { memory_.lose("cut", test::Unconfirmed::kMaybeDelivered); });
    }
  };
  const auto kept = run_all();
  ASSERT_EQ(kept.size(), 3u);
  EXPECT_EQ(destinations_sent(), (std::vector<std::string>{"node2", "node3", "node3", "node4"}));
  EXPECT_EQ(stream_->last(), 3u);
}

TEST_F(StoredSendTest, ReportsWhereItIsKeptAsJson) {
  run();
  EXPECT_NE(records_.find(R"("type":"sent")"), std::string::npos);
  EXPECT_NE(records_.find(R"("stream":"REMAPHORE","sequence":1,"duplicate":false)"), std::string::npos);
}

}  // namespace
}  // namespace remaphore
