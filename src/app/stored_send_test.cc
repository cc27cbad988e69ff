#include "app/stored_send.h"

#include <gtest/gtest.h>

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
  auto run() { return send_stored(options_, "REMAPHORE", {bus_, clock_, poller_, log_}); }

  test::FakeJetStream server_{broker_, clock_};
  test::FakeStream* stream_ = nullptr;
  SendOptions options_;
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
  poller_.after(milliseconds(100), [this] { memory_.lose("cut", true); });
  poller_.after(seconds(4), [this] { memory_.lose("cut", true); });
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

TEST_F(StoredSendTest, SignsAnewWhatNoServerHasTaken) {
  broker_.stop();
  poller_.after(seconds(7), [this] { broker_.start(); });
  ASSERT_TRUE(run());
  const auto time = wire::parse_time(wire::Fields::split(broker_.published.at(0).payload)->time());
  EXPECT_EQ(*time, clock_.now());
}

TEST_F(StoredSendTest, FailsAtOnceIfNoStreamAndNobodyIsThere) {
  server_.on = false;
  const MonotonicTime start = clock_.monotonic();
  EXPECT_FALSE(run());
  EXPECT_EQ(clock_.monotonic(), start);
  EXPECT_TRUE(said("no stream keeps messages sent to remaphore.all"));
  EXPECT_TRUE(said("remaphore-fleet provision DIR"));
}

// Somebody listens, so that the server reports nothing.
TEST_F(StoredSendTest, FindsOutWhyNobodyConfirms) {
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
  EXPECT_TRUE(said("the message was kept by another stream than REMAPHORE: \"OTHER\""));
}

TEST_F(StoredSendTest, WithoutAServerItFailsAsAnySender) {
  broker_.stop();
  const MonotonicTime start = clock_.monotonic();
  EXPECT_FALSE(run());
  EXPECT_EQ(clock_.monotonic() - start, seconds(10));
  EXPECT_TRUE(said("no server accepted the message within 10s: cannot connect to memory: nobody is there"));
}

TEST_F(StoredSendTest, ALostLinkIsTriedUntilItsTimeoutAndSaysWhatMayHaveHappened) {
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
  EXPECT_FALSE(send_stored(options_, "REMAPHORE", {refused, clock_, poller_, log_}));
  EXPECT_TRUE(said("refuses the credentials"));
}

TEST_F(StoredSendTest, TellsAsJsonWhereItIsKept) {
  const auto kept = run();
  const std::string record = stored_record(options_, *kept);
  EXPECT_NE(record.find(R"("type":"sent")"), std::string::npos);
  EXPECT_NE(record.find(R"("stream":"REMAPHORE","sequence":1,"duplicate":false)"), std::string::npos);
}

}  // namespace
}  // namespace remaphore
