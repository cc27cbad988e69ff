#include "app/send.h"

#include <gtest/gtest.h>

#include "support/app_fixture.h"

namespace remaphore {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Fault = test::FaultyBus::Fault;
using Operation = test::FaultyBus::Operation;

class SendTest : public test::AppTest {
 protected:
  SendTest() {
    options_.message = test::message_saying("hello");
    options_.identity = &config_.default_signer();
    options_.subject = kSubject;
  }
  ExitStatus run() { return send(options_, {bus_, clock_, poller_, log_}); }

  SendOptions options_;
};

TEST_F(SendTest, EndsWellOnceTheServerHasConfirmed) {
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_EQ(broker_.published.size(), 1u);
  EXPECT_EQ(log_.text(), "");
}

TEST_F(SendTest, WaitsForAServer) {
  broker_.stop();
  poller_.after(seconds(7), [this] { broker_.start(); });
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_EQ(broker_.published.size(), 1u);
}

TEST_F(SendTest, GivesUpAfterTenSecondsByDefault) {
  broker_.stop();
  const MonotonicTime start = clock_.monotonic();
  EXPECT_EQ(run(), ExitStatus::kFailure);
  EXPECT_EQ(clock_.monotonic() - start, seconds(10));
  EXPECT_TRUE(said("no server accepted the message within 10s: cannot connect to memory: nobody is there"));
}

TEST_F(SendTest, KeepsToItsTimeoutToTheNanosecond) {
  broker_.stop();
  options_.timeout = milliseconds(250);
  poller_.after(milliseconds(250) + Duration(1), [this] { broker_.start(); });
  const MonotonicTime start = clock_.monotonic();
  EXPECT_EQ(run(), ExitStatus::kFailure);
  EXPECT_EQ(clock_.monotonic() - start, milliseconds(250));
}

TEST_F(SendTest, WaitsForEverWithATimeoutOfNothing) {
  broker_.stop();
  options_.timeout = Duration(0);
  poller_.after(std::chrono::hours(24 * 365), [this] { broker_.start(); });
  EXPECT_EQ(run(), ExitStatus::kOk);
}

TEST_F(SendTest, DoesNotSendAgainWhatMayHaveBeenDelivered) {
  for (const Fault fault : {Fault::kLostBefore, Fault::kLostAfter}) {
    test::InMemoryBus memory(broker_, clock_);
    test::FaultyBus faulty(memory);
    faulty.at(Operation::kPublish, 1, fault);
    broker_.published.clear();
    EXPECT_EQ(send(options_, {faulty, clock_, poller_, log_}), ExitStatus::kFailure);
    EXPECT_EQ(broker_.published.size(), fault == Fault::kLostAfter ? 1u : 0u);
    EXPECT_TRUE(said("may have been delivered"));
    log_.lines.clear();
  }
}

TEST_F(SendTest, SendsAgainWhatNoServerHasTaken) {
  bus_.at(Operation::kPublish, 1, Fault::kLostUntouched);
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_EQ(broker_.published.size(), 1u);
}

TEST_F(SendTest, FailsIfItIsNeverConfirmed) {
  bus_.at(Operation::kFlush, 1, Fault::kSwallowed);
  EXPECT_EQ(run(), ExitStatus::kFailure);
  EXPECT_TRUE(said("no confirmation from the server within 10s; the message may have been delivered"));
}

TEST_F(SendTest, FailsIfItIsNotPermitted) {
  memory_.permit_only({});
  EXPECT_EQ(run(), ExitStatus::kFailure);
  EXPECT_TRUE(said("no publication to remaphore.all"));
}

TEST_F(SendTest, FailsAtOnceIfTheCredentialsAreRefused) {
  memory_.refuse_credentials();
  const MonotonicTime start = clock_.monotonic();
  EXPECT_EQ(run(), ExitStatus::kFailure);
  EXPECT_EQ(clock_.monotonic(), start);
  EXPECT_TRUE(said("refuses the credentials"));
}

TEST_F(SendTest, EndsWhenAsked) {
  broker_.stop();
  poller_.after(seconds(2), [this] { poller_.stop(15); });
  const MonotonicTime start = clock_.monotonic();
  EXPECT_EQ(run(), ExitStatus::kFailure);
  EXPECT_EQ(clock_.monotonic() - start, seconds(2));
}

TEST_F(SendTest, ReportsWhatWasSentAsJson) {
  options_.message.verb = "deploy";
  options_.message.uuid = Uuid::from_text("ab");
  EXPECT_EQ(sent_records(options_),
            R"({"type":"sent","uuid":"6162","destination":"**","verb":"deploy","public_key":")" + test::public_text(1) +
                R"(","status":0})" + "\n");
}

}  // namespace
}  // namespace remaphore
