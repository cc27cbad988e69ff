#include "app/request.h"

#include <gtest/gtest.h>

#include "app/asking_fixture.h"
#include "base/hex.h"
#include "core/subject.h"
#include "core/wire.h"
#include "support/fake_progress.h"

namespace remaphore {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Fault = test::FaultyBus::Fault;
using Operation = test::FaultyBus::Operation;

class RequestTest : public test::AskingTest<RequestOptions> {
 protected:
  ExitStatus run(const std::string& pattern = "**") { return run_with(config_, pattern); }
  ExitStatus run_with(const Config& config, const std::string& pattern) {
    options_.message.destination = pattern;
    ReplyTracker tracker(config.peers, config.identities, pattern);
    return request(options_, config, tracker, {bus_, clock_, poller_, output_, log_, &progress_});
  }

  test::FakeProgress progress_;
};

TEST_F(RequestTest, PrintsEveryAnswerAsItArrivesAndReturnsWithTheLast) {
  plan(3, "0,three\n", seconds(1));
  plan(2, "7,", seconds(2));
  plan(4, "NO_DATA", seconds(3));
  const MonotonicTime start = clock_.monotonic();
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_EQ(output_.written, "node3,0,three\nnode2,7,\nnode4,0,NO_DATA\n");
  EXPECT_EQ(clock_.monotonic() - start, seconds(3));
  EXPECT_EQ(log_.text(), "");
}

TEST_F(RequestTest, NamesNodesThatDidNotAnswerInTime) {
  plan(3, "0,three", seconds(1));
  const MonotonicTime start = clock_.monotonic();
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_EQ(clock_.monotonic() - start, seconds(5));
  EXPECT_EQ(log_.text(), "error: no answer from node2, node4\n");
}

TEST_F(RequestTest, EndsWithNothingIfNobodyAnswers) {
  EXPECT_EQ(run("node2"), ExitStatus::kNothing);
  EXPECT_EQ(output_.written, "");
  EXPECT_EQ(log_.text(), "error: no answer from node2\n");
}

TEST_F(RequestTest, WaitsForEverWithoutATimeout) {
  options_.timeout.reset();
  plan(2, "0,late", std::chrono::hours(1));
  EXPECT_EQ(run("node2"), ExitStatus::kOk);
  EXPECT_EQ(output_.written, "node2,0,late\n");
}

TEST_F(RequestTest, AwaitsOurselvesOnlyIfNobodyElseIsAddressed) {
  plan(1, "0,ours", seconds(1));
  EXPECT_EQ(run("node1"), ExitStatus::kOk);
  EXPECT_EQ(output_.written, "node1,0,ours\n");
}

TEST_F(RequestTest, PrintsOurOwnAnswerWithoutAwaitingIt) {
  plan(1, "0,ours", seconds(1));
  for (std::uint8_t number = 2; number <= 4; ++number) plan(number, "0,", seconds(2));
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_EQ(output_.written.substr(0, 13), "node1,0,ours\n");
}

TEST_F(RequestTest, PrintsFurtherAnswersAndDropsRepeats) {
  plan(2, "0,one", seconds(1));
  plan(2, "0,two", seconds(2));
  plan(3, "0,", seconds(4));
  plan(4, "0,", seconds(4));
  std::string repeat;
  poller_.after(seconds(3), [&] {  // the very bytes of the first one
    broker_.publish(reply_subject(), test::reply_by(2, request_, "0,one", clock_.now() - seconds(2)));
  });
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_EQ(output_.written, "node2,0,one\nnode2,0,two\nnode3,0,\nnode4,0,\n");
}

TEST_F(RequestTest, FramesSeveralLinesWithOneMarkForAllAnswers) {
  plan(2, "0,a\nb\n", seconds(1));
  plan(3, "0,c\nd\n", seconds(1));
  plan(4, "0,", seconds(1));
  EXPECT_EQ(run(), ExitStatus::kOk);
  ASSERT_EQ(output_.records, 3u);
  const std::string mark = output_.written.substr(4, 32);
  EXPECT_EQ(mark.find_first_not_of("0123456789abcdef"), std::string::npos);
  EXPECT_EQ(output_.written, "--> " + mark + "\nnode2,0,a\nb\n--< " + mark + "\n--> " + mark + "\nnode3,0,c\nd\n--< " +
                                 mark + "\nnode4,0,\n");
}

TEST_F(RequestTest, EscapesControlBytesForATerminalOnly) {
  plan(2, "0,\x1b[2J\tx", seconds(1));
  EXPECT_EQ(run("node2"), ExitStatus::kOk);
  EXPECT_EQ(output_.written, "node2,0,\x1b[2J\tx\n");
  output_.written.clear();
  output_.terminal = true;
  test::InMemoryBus memory(broker_, clock_);
  ReplyTracker tracker(config_.peers, config_.identities, "node2");
  EXPECT_EQ(request(options_, config_, tracker, {memory, clock_, poller_, output_, log_}), ExitStatus::kOk);
  EXPECT_EQ(output_.written, "node2,0,\\x1b[2J\tx\n");
}

TEST_F(RequestTest, IgnoresRepliesThatAreNotOfAnAddressedPeer) {
  plan(3, "0,uninvited", seconds(1));
  plan(9, "0,unknown", seconds(1));
  plan(2, "0,asked", seconds(2));
  EXPECT_EQ(run("node2"), ExitStatus::kOk);
  EXPECT_EQ(output_.written, "node2,0,asked\n");
  EXPECT_TRUE(said("ignored a reply that claims to be from node3: its key belongs to no peer that was asked"));
  EXPECT_TRUE(said("ignored a reply: its key belongs to no peer that was asked"));
}

TEST_F(RequestTest, IgnoresForgedAndMalformedReplies) {
  poller_.after(seconds(1), [this] {
    broker_.publish(reply_subject(), test::forged(test::reply_by(2, request_, "0,forged", clock_.now())));
    broker_.publish(reply_subject(), "noise");
    broker_.publish(reply_subject(), test::reply_by(2, request_, "no answer", clock_.now()));
    broker_.publish(reply_subject(), test::reply_by(2, request_, "0,late", clock_.now() - seconds(60)));
  });
  plan(2, "0,real", seconds(2));
  EXPECT_EQ(run("node2"), ExitStatus::kOk);
  EXPECT_EQ(output_.written, "node2,0,real\n");
  EXPECT_TRUE(said("notice: ignored a reply that claims to be from node2: its signature is wrong"));
  EXPECT_TRUE(said("notice: ignored a reply: it is not in the wire format"));
  EXPECT_TRUE(said("it is neither EXIT,OUTPUT nor NO_DATA"));
  EXPECT_TRUE(said("error: ignored a reply that claims to be from node2: its time is 1m behind our clock"));
}

TEST_F(RequestTest, IgnoresUnboundRepliesIfBoundOnesAreRequired) {
  const Config strict = test::parsed("require_bound_replies: yes\n" + test::config_text({1, 2}));
  poller_.after(seconds(1), [this] {
    broker_.publish(reply_subject(), test::reply_by(2, "another request", "0,captured", clock_.now()));
  });
  EXPECT_EQ(run_with(strict, "node2"), ExitStatus::kNothing);
  EXPECT_EQ(output_.written, "");
  EXPECT_TRUE(said("it is not bound to this request and require_bound_replies is set"));
}

TEST_F(RequestTest, TakesAnUnboundReplyOtherwise) {
  poller_.after(seconds(1), [this] {
    broker_.publish(reply_subject(), test::reply_by(2, "another request", "0,unbound", clock_.now()));
  });
  EXPECT_EQ(run("node2"), ExitStatus::kOk);
}

TEST_F(RequestTest, DoesNotLetAForgedFloodDelayOtherPeers) {
  poller_.after(seconds(1), [this] {
    const std::string forged = test::forged(test::reply_by(2, request_, "0,forged", clock_.now()));
    for (int i = 0; i < 300; ++i) broker_.publish(reply_subject(), forged);
    answer(3, "0,three");
    answer(4, "0,four");
  });
  plan(2, "0,two", seconds(2));
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_EQ(output_.written, "node3,0,three\nnode4,0,four\nnode2,0,two\n");
  EXPECT_LE(log_.lines.size(), 30u);  // nor fill the log
}

// ---- a link that is lost while it waits

TEST_F(RequestTest, KeepsWaitingOverAnotherLinkAndWarnsOfMissedAnswers) {
  options_.timeout = seconds(20);
  plan(3, "0,three", seconds(1));
  poller_.after(seconds(2), [this] { broker_.stop(); });
  plan(4, "0,missed", seconds(3));
  poller_.after(seconds(5), [this] { broker_.start(); });
  plan(2, "0,two", seconds(6));
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_EQ(output_.written, "node3,0,three\nnode2,0,two\n");
  EXPECT_EQ(log_.text(),
            "error: the server closed the connection; trying again\n"
            "error: the connection is back; answers of the last 3s may have been missed\n"
            "error: no answer from node4\n");
  EXPECT_EQ(broker_.published.size(), 1u);  // it is not sent again
  EXPECT_TRUE(log_.failures.empty());
}

TEST_F(RequestTest, EndsWithTheLastAnswerAlsoOverAnotherLink) {
  options_.timeout.reset();
  poller_.after(seconds(1), [this] { memory_.lose("the link was cut"); });
  plan(2, "0,two", seconds(60));
  EXPECT_EQ(run("node2"), ExitStatus::kOk);
  EXPECT_EQ(output_.written, "node2,0,two\n");
}

TEST_F(RequestTest, KeepsTheAnswersOfALinkThatIsLostForGood) {
  plan(3, "0,three", seconds(1));
  poller_.after(seconds(2), [this] { broker_.stop(); });
  const MonotonicTime start = clock_.monotonic();
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_EQ(clock_.monotonic() - start, seconds(5));
  EXPECT_TRUE(said("error: no answer from node2, node4"));
}

TEST_F(RequestTest, HasNothingIfTheLinkIsLostAfterTheConfirmationAndNobodyAnswers) {
  poller_.after(seconds(2), [this] { broker_.stop(); });
  EXPECT_EQ(run("node2"), ExitStatus::kNothing);
}

TEST_F(RequestTest, IsNotSentAgainIfTheLinkIsLostBeforeTheConfirmation) {
  bus_.at(Operation::kPublish, 1, Fault::kLostAfter);
  const MonotonicTime start = clock_.monotonic();
  EXPECT_EQ(run("node2"), ExitStatus::kFailure);
  EXPECT_EQ(clock_.monotonic() - start, seconds(5));
  EXPECT_EQ(broker_.published.size(), 1u);
  EXPECT_EQ(log_.failures, std::vector<std::string>{"no answer, and the link was lost before the server confirmed the "
                                                    "message; it may not have been delivered"});
  EXPECT_TRUE(said("error: no answer from node2"));
}

TEST_F(RequestTest, TakesAnAnswerForTheConfirmationThatALostLinkSwallowed) {
  options_.timeout.reset();
  bus_.at(Operation::kPublish, 1, Fault::kLostAfter);
  plan(2, "0,two", seconds(2));
  plan(3, "0,three", seconds(30));  // later than a confirmation would have been waited for
  plan(4, "0,four", seconds(30));
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_EQ(output_.written, "node2,0,two\nnode3,0,three\nnode4,0,four\n");
}

TEST_F(RequestTest, FailsIfItIsRefusedForGoodWhileItWaits) {
  plan(3, "0,three", seconds(1));
  poller_.after(seconds(2), [this] {
    memory_.refuse_credentials();
    memory_.lose("the link was cut");
  });
  EXPECT_EQ(run(), ExitStatus::kFailure);
  EXPECT_EQ(output_.written, "node3,0,three\n");
  EXPECT_TRUE(said("error: the server refuses the credentials"));
  EXPECT_TRUE(said("error: no answer from node2, node4"));
}

TEST_F(RequestTest, FailsIfItMayNotHearItsRepliesOverAnotherLink) {
  poller_.after(seconds(2), [this] {
    memory_.permit_only({kSubject});
    memory_.lose("the link was cut");
  });
  EXPECT_EQ(run("node2"), ExitStatus::kFailure);
  EXPECT_TRUE(said("error: no subscription to remaphore."));
  EXPECT_TRUE(said("; the message may have been delivered"));
}

// ----

TEST_F(RequestTest, GivesUpIfNoServerConfirms) {
  bus_.at(Operation::kFlush, 1, Fault::kSwallowed);
  EXPECT_EQ(run("node2"), ExitStatus::kFailure);
  EXPECT_TRUE(said("no confirmation from the server within 5s"));
}

TEST_F(RequestTest, BoundsTheConfirmationEvenWithoutATimeout) {
  options_.timeout.reset();
  broker_.stop();
  const MonotonicTime start = clock_.monotonic();
  EXPECT_EQ(run("node2"), ExitStatus::kFailure);
  EXPECT_EQ(clock_.monotonic() - start, seconds(10));
  EXPECT_FALSE(said("no answer from"));  // no node was asked
}

TEST_F(RequestTest, NamesNobodyIfTheMessageIsTooLargeToBeSent) {
  broker_.max_payload = 100;
  EXPECT_EQ(run("node2"), ExitStatus::kFailure);
  EXPECT_TRUE(said("the message is too large"));
  EXPECT_FALSE(said("no answer from"));
}

TEST_F(RequestTest, FailsIfItIsNotPermitted) {
  bus_.at(Operation::kSubscribe, 1, Fault::kDenied);
  EXPECT_EQ(run("node2"), ExitStatus::kFailure);
  EXPECT_TRUE(said("error: permissions violation"));
}

TEST_F(RequestTest, FailsIfItsOutputCannotBeWritten) {
  plan(2, "0,two", seconds(1));
  poller_.after(seconds(2), [this] { output_.broken = Error{Errc::kRuntime, "disk full"}; });
  EXPECT_EQ(run(), ExitStatus::kFailure);
  EXPECT_TRUE(said("error: disk full"));
}

TEST_F(RequestTest, WaitsForASlowReaderAndReportsItAtTheEnd) {
  output_.stuck = true;
  plan(2, "0,two", seconds(1));
  EXPECT_EQ(run("node2"), ExitStatus::kFailure);
  EXPECT_TRUE(said("standard output is not read"));

  log_.lines.clear();
  test::FakeOutput slow;
  slow.stuck = true;
  poller_.after(seconds(3), [&] { slow.unstick(); });
  test::InMemoryBus memory(broker_, clock_);
  ReplyTracker tracker(config_.peers, config_.identities, "node2");
  EXPECT_EQ(request(options_, config_, tracker, {memory, clock_, poller_, slow, log_}), ExitStatus::kOk);
  EXPECT_EQ(slow.written, "node2,0,two\n");
}

TEST_F(RequestTest, EndsWhenAskedAndNamesTheMissing) {
  poller_.after(seconds(2), [this] { poller_.stop(2); });
  EXPECT_EQ(run("node2"), ExitStatus::kFailure);
  EXPECT_TRUE(said("no answer from node2"));
}

TEST_F(RequestTest, ShowsEachAnswerInTheLiveView) {
  plan(3, "0,three", seconds(1));
  plan(2, "7,two", seconds(2));
  plan(1, "0,ours", std::chrono::milliseconds(2500));
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_EQ(progress_.told,
            "asked node2 node3 node4, for 5s\n"
            "node3: 0 after 1s\n"
            "node2: 7 after 2s\n"
            "node1: 0 after 2.5s\n"
            "ended\n");
}

TEST_F(RequestTest, ShowsInTheLiveViewThatEnoughHaveAnswered) {
  options_.require = *Portion::parse("1");
  plan(2, "0,two", seconds(1));
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_EQ(progress_.told, "asked node2 node3 node4, for 5s\nnode2: 0 after 1s\nended with enough\n");
  progress_.told.clear();
  options_.require = *Portion::parse("all");
  test::InMemoryBus memory(broker_, clock_);
  ReplyTracker tracker(config_.peers, config_.identities, "**");
  EXPECT_NE(request(options_, config_, tracker, {memory, clock_, poller_, output_, log_, &progress_}), ExitStatus::kOk);
  EXPECT_NE(progress_.told.find("\nended\n"), std::string::npos);
}

TEST_F(RequestTest, ShowsInTheLiveViewThatItIsSentAgain) {
  options_.timeout.reset();
  bus_.at(Operation::kPublish, 1, Fault::kLostUntouched);
  plan(2, "0,two", seconds(1));
  EXPECT_EQ(run("node2"), ExitStatus::kOk);
  EXPECT_EQ(progress_.told, "asked node2, for ever\nasked node2, for ever\nnode2: 0 after 1s\nended\n");
}

TEST_F(RequestTest, ShowsNoNodesInTheLiveViewIfNothingWasSent) {
  broker_.stop();
  EXPECT_EQ(run("node2"), ExitStatus::kFailure);
  EXPECT_EQ(progress_.told, "ended\n");
}

// ---- --require

class RequireTest : public RequestTest {
 protected:
  ExitStatus run_requiring(const char* count) {
    options_.require = *Portion::parse(count);
    return run();
  }
};

TEST_F(RequireTest, EndsAsSoonAsItIsMetAndNamesNobody) {
  plan(3, "0,three", seconds(1));
  plan(2, "0,two", seconds(2));
  const MonotonicTime start = clock_.monotonic();
  EXPECT_EQ(run_requiring("2"), ExitStatus::kOk);
  EXPECT_EQ(clock_.monotonic() - start, seconds(2));
  EXPECT_EQ(output_.written, "node3,0,three\nnode2,0,two\n");
  EXPECT_EQ(log_.text(), "");
}

TEST_F(RequireTest, CountsOnlyCommandsThatSucceeded) {
  plan(3, "1,three", seconds(1));
  plan(2, "0,two", seconds(2));
  plan(4, "0,four", seconds(3));
  const MonotonicTime start = clock_.monotonic();
  EXPECT_EQ(run_requiring("50%"), ExitStatus::kOk);  // 2 of 3
  EXPECT_EQ(clock_.monotonic() - start, seconds(3));
  EXPECT_EQ(log_.text(), "");
}

TEST_F(RequireTest, ReportsSilentNodesAndFailedOnes) {
  plan(3, "7,three", seconds(1));
  plan(2, "0,two", seconds(2));
  EXPECT_EQ(run_requiring("all"), ExitStatus::kSilent);
  EXPECT_EQ(log_.text(), "error: no answer from node4\nerror: the command failed on node3 (7)\n");
}

TEST_F(RequireTest, ReportsThatAllAnsweredButSomeFailed) {
  plan(3, "7,three", seconds(1));
  plan(2, "-1,two", seconds(2));
  plan(4, "0,four", seconds(3));
  const MonotonicTime start = clock_.monotonic();
  EXPECT_EQ(run_requiring("2"), ExitStatus::kCommandFailed);
  EXPECT_EQ(clock_.monotonic() - start, seconds(3));
  EXPECT_EQ(log_.text(), "error: the command failed on node2 (-1), node3 (7)\n");
}

TEST_F(RequireTest, ReportsSilenceIfNoNodeAnswers) {
  EXPECT_EQ(run_requiring("1"), ExitStatus::kSilent);
  EXPECT_EQ(log_.text(), "error: no answer from node2, node3, node4\n");
}

TEST_F(RequireTest, DoesNotCountOurOwnAnswer) {
  plan(1, "0,ours", seconds(1));
  plan(2, "0,two", seconds(2));
  EXPECT_EQ(run_requiring("2"), ExitStatus::kSilent);
}

TEST_F(RequireTest, IsJudgedAtTheEndIfTheLinkIsLost) {
  plan(2, "0,two", seconds(1));
  poller_.after(seconds(2), [this] { memory_.lose("cable"); });
  plan(3, "0,three", seconds(3));
  EXPECT_EQ(run_requiring("2"), ExitStatus::kOk);
  EXPECT_EQ(output_.written, "node2,0,two\nnode3,0,three\n");
}

TEST_F(RequireTest, IsNotMetByANodeThatStaysSilentAfterALostLink) {
  plan(2, "0,two", seconds(1));
  poller_.after(seconds(2), [this] { broker_.stop(); });
  EXPECT_EQ(run_requiring("2"), ExitStatus::kSilent);
}

TEST_F(RequireTest, IsMetByWhatArrivedBeforeTheLinkWasLost) {
  plan(3, "0,three", seconds(1));
  plan(2, "0,two", seconds(2));
  output_.stuck = true;  // the second waits for its signature check
  poller_.after(seconds(3), [this] { memory_.lose("cable"); });
  poller_.after(seconds(4), [this] { output_.unstick(); });
  EXPECT_EQ(run_requiring("2"), ExitStatus::kOk);
  EXPECT_EQ(output_.written, "node3,0,three\nnode2,0,two\n");
}

// ---- --gather

TEST_F(RequestTest, GathersEqualAnswersUntilTheEnd) {
  options_.format = AnswerFormat::kGathered;
  plan(3, "0,same\n", seconds(1));
  plan(4, "2,bad\n", seconds(2));
  plan(2, "0,same", seconds(3));
  poller_.after(milliseconds(2500), [this] { EXPECT_EQ(output_.written, ""); });
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_EQ(output_.written,
            "---------------\nnode2,node3 (2)\n---------------\nsame\n"
            "---------------\nnode4: exit status 2\n---------------\nbad\n");
}

TEST_F(RequestTest, PrintsWhatWasGatheredWhenTheTimeIsUpOrASignalComes) {
  options_.format = AnswerFormat::kGathered;
  plan(3, "0,\x1b[2J", seconds(1));
  output_.terminal = true;
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_EQ(output_.written, "---------------\nnode3\n---------------\n\\x1b[2J\n");

  output_.written.clear();
  plan_.clear();
  plan(2, "0,two", seconds(1));
  poller_.after(seconds(2), [this] { poller_.stop(2); });
  test::InMemoryBus memory(broker_, clock_);
  ReplyTracker tracker(config_.peers, config_.identities, "**");
  EXPECT_EQ(request(options_, config_, tracker, {memory, clock_, poller_, output_, log_}), ExitStatus::kFailure);
  EXPECT_EQ(output_.written, "---------------\nnode2\n---------------\ntwo\n");
}

TEST_F(RequestTest, GathersNothingFromNobody) {
  options_.format = AnswerFormat::kGathered;
  EXPECT_EQ(run("node2"), ExitStatus::kNothing);
  EXPECT_EQ(output_.records, 0u);
}

TEST_F(RequestTest, WaitsForTheReaderOfItsLastOutput) {
  options_.format = AnswerFormat::kGathered;
  plan(2, "0,two", seconds(1));
  output_.stuck = true;
  poller_.after(seconds(12), [this] { output_.unstick(); });
  const MonotonicTime start = clock_.monotonic();
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_EQ(clock_.monotonic() - start, seconds(12));
  EXPECT_EQ(output_.written, "---------------\nnode2\n---------------\ntwo\n");
}

TEST_F(RequestTest, FailsIfItsLastOutputCannotBeWritten) {
  options_.format = AnswerFormat::kGathered;
  plan(2, "0,two", seconds(1));
  output_.stuck = true;
  poller_.after(seconds(3), [this] {
    output_.broken = Error{Errc::kRuntime, "disk full"};
    output_.unstick();
  });
  EXPECT_EQ(run("node2"), ExitStatus::kFailure);
  EXPECT_EQ(log_.text(), "error: disk full\n");
}

TEST_F(RequestTest, GivesUpAReaderThatDoesNotReadTheEnd) {
  options_.format = AnswerFormat::kGathered;
  plan(2, "0,two", seconds(1));
  output_.stuck = true;
  const MonotonicTime start = clock_.monotonic();
  EXPECT_EQ(run(), ExitStatus::kFailure);
  EXPECT_EQ(clock_.monotonic() - start, seconds(15));
  EXPECT_TRUE(said("standard output is not read"));
}

// ---- --json

class RequestJsonTest : public RequestTest {
 protected:
  RequestJsonTest() { options_.format = AnswerFormat::kJson; }
  static std::string key(std::uint8_t number) { return test::public_text(number); }
  std::string uuid() const { return hex::encode(options_.message.uuid.bytes()); }
};

TEST_F(RequestJsonTest, PrintsEveryFieldOfEveryAnswerAndSumsUp) {
  plan(3, "0, three\n", seconds(1));
  plan(4, "007,\xff", milliseconds(2500));
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_EQ(output_.written, R"({"type":"reply","destination":"node3","public_key":")" + key(3) +
                                 R"(","exit":0,"output":" three\n","latency":1.000000,"bound":true}
{"type":"reply","destination":"node4","public_key":")" +
                                 key(4) +
                                 R"(","exit":7,"output":"/w==","encoding":"base64","latency":2.500000,"bound":true}
{"type":"missing","destination":"node2","public_key":")" +
                                 key(2) + R"("}
{"type":"summary","uuid":")" + uuid() +
                                 R"(","awaited":3,"answered":2,"failed":1,"missing":1,"status":0}
)");
}

TEST_F(RequestJsonTest, WritesEachObjectAsItsAnswerArrives) {
  plan(3, "0,", seconds(1));
  poller_.after(seconds(2), [this] { EXPECT_EQ(output_.records, 1u); });
  run();
  EXPECT_EQ(output_.records, 4u);
}

TEST_F(RequestJsonTest, SumsUpWhatWasRequired) {
  options_.require = *Portion::parse("all");
  plan(3, "0,", seconds(1));
  EXPECT_EQ(run(), ExitStatus::kSilent);
  EXPECT_NE(output_.written.find(R"("missing":2,"required":3,"status":4})"), std::string::npos) << output_.written;
}

TEST_F(RequestJsonTest, PrintsNothingForARequestThatWasNeverSent) {
  broker_.stop();
  EXPECT_EQ(run(), ExitStatus::kFailure);
  EXPECT_EQ(output_.written, "");
  EXPECT_EQ(log_.failures.size(), 1u);
}

TEST_F(RequestJsonTest, LogsWhyItFailedBesideItsSummary) {
  plan(2, "0,", seconds(1));
  poller_.after(seconds(2), [this] {
    memory_.refuse_credentials();
    memory_.lose("cable");
  });
  EXPECT_EQ(run(), ExitStatus::kFailure);
  EXPECT_EQ(log_.failures, std::vector<std::string>{"the server refuses the credentials"});
  EXPECT_NE(output_.written.find(R"("answered":1,"failed":0,"missing":2,"status":3})"), std::string::npos)
      << output_.written;
}

TEST_F(RequestJsonTest, SumsUpWithTheStatusThatAShellSeesOfASignal) {
  poller_.after(seconds(1), [this] { poller_.stop(2); });
  run();
  EXPECT_NE(output_.written.find(R"("status":130})"), std::string::npos) << output_.written;
}

TEST_F(RequestJsonTest, MeasuresTheLatencyToTheArrivalHoweverSlowTheReader) {
  plan(2, "0,two", seconds(1));
  plan(3, "0,three", seconds(1));
  plan(4, "0,four", seconds(1));
  output_.stuck = true;
  poller_.after(seconds(4), [this] { output_.unstick(); });
  EXPECT_EQ(run(), ExitStatus::kOk);
  std::size_t count = 0;
  for (std::size_t at = 0; (at = output_.written.find(R"("latency":1.000000,)", at)) != std::string::npos; ++at)
    ++count;
  EXPECT_EQ(count, 3u) << output_.written;
}

}  // namespace
}  // namespace remaphore
