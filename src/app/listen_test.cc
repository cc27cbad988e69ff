#include "app/listen.h"

#include <gtest/gtest.h>

#include "core/subject.h"
#include "core/wire.h"
#include "support/app_fixture.h"

namespace remaphore {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Fault = test::FaultyBus::Fault;
using Operation = test::FaultyBus::Operation;

class ListenTest : public test::AppTest {
 protected:
  ListenTest() {
    options_.subject = kSubject;
    options_.filter.destination = "node1";
    options_.timeout = seconds(60);
  }
  ExitStatus run() {
    return listen(options_, config_, {bus_, clock_, poller_, scripts_, output_, log_, {}, {&supervisor_}});
  }

  // Peer 2 sends something, `after` from now.
  void says(Duration after, const std::string& payload, bool reply_wanted = false) {
    poller_.after(after, [this, payload, reply_wanted] { say(payload, reply_wanted); });
  }
  void say(const std::string& payload, bool reply_wanted = false) {
    Message message = test::message_saying(payload);
    message.time = clock_.now();
    message.reply_wanted = reply_wanted;
    last_ = test::signed_by(2, message);
    broker_.publish(kSubject, last_);
  }
  void stops(Duration after) {
    poller_.after(after, [this] { poller_.stop(15); });
  }
  // "payload payload " of all replies that the server got.
  std::string replies() const {
    std::string all;
    for (const auto& one : broker_.published) all += std::string(wire::Fields::split(one.payload)->payload()) + " ";
    return all;
  }
  std::vector<std::string> payloads_run() const {
    std::vector<std::string> all;
    for (const auto& one : scripts_.started) all.push_back(one.command.back());
    return all;
  }

  ListenOptions options_;
  std::string last_;
};

// ---- printing

TEST_F(ListenTest, SaysReadyOnceTheSubscriptionIsConfirmed) {
  bus_.at(Operation::kFlush, 1, Fault::kSwallowed);
  poller_.after(seconds(2), [this] { EXPECT_EQ(log_.count("Ready"), 0u); });
  poller_.after(seconds(3), [this] { memory_.lose("again"); });
  poller_.after(seconds(4), [this] { EXPECT_EQ(log_.count("Ready"), 1u); });
  EXPECT_EQ(run(), ExitStatus::kNothing);
  EXPECT_EQ(log_.count("Ready"), 1u);
}

TEST_F(ListenTest, PrintsThePayloadsOfAllMatchingMessages) {
  says(seconds(1), "one");
  says(seconds(2), "");
  says(seconds(3), "two\nlines");
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_EQ(output_.written, "one\ntwo\nlines\n");
}

TEST_F(ListenTest, EndsWithNothingIfNothingMatched) {
  options_.filter.verbs = {"deploy"};
  says(seconds(1), "other verb");
  const MonotonicTime start = clock_.monotonic();
  EXPECT_EQ(run(), ExitStatus::kNothing);
  EXPECT_EQ(clock_.monotonic() - start, seconds(60));
  EXPECT_EQ(output_.written, "");
  EXPECT_EQ(log_.count("notice: no message came within 1m"), 1u) << log_.text();
}

TEST_F(ListenTest, ReportsThatNothingCameOnlyAtTheTimeoutAndIfNothingDid) {
  says(seconds(1), "one");
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_EQ(log_.count("no message came"), 0u);
}

TEST_F(ListenTest, DoesNotMentionTheTimeoutIfASignalEndsIt) {
  stops(seconds(2));
  run();
  EXPECT_EQ(log_.count("no message came"), 0u);
}

TEST_F(ListenTest, EndsAfterTheFirstMatchIfItIsToRunOnce) {
  options_.goal = Goal::first_match();
  options_.timeout.reset();
  poller_.after(seconds(1), [this] {
    say("one");
    say("two");
  });
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_EQ(output_.written, "one\n");
}

TEST_F(ListenTest, PrintsTheOneMessageThatArrivedBeforeTheTimeoutThoughVerifiedAfterIt) {
  options_.goal = Goal::first_match();
  poller_.after(seconds(60), [this] {  // the timeout
    Message message = test::message_saying("forged");
    message.time = clock_.now();
    const std::string forged = test::forged(test::signed_by(2, message));
    for (int i = 0; i < 200; ++i) broker_.publish(kSubject, forged);
    say("good");
  });
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_EQ(output_.written, "good\n");
}

TEST_F(ListenTest, EscapesControlBytesForATerminalOnly) {
  output_.terminal = true;
  says(seconds(1), "\x1b[2J\tx\ny");
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_EQ(output_.written, "\\x1b[2J\tx\ny\n");
}

TEST_F(ListenTest, AnswersNoDataWithoutACommand) {
  says(seconds(1), "ping me", true);
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_EQ(replies(), "0,NO_DATA ");
  EXPECT_EQ(broker_.published[0].subject, subject::reply("remaphore", wire::hash(last_)));
}

TEST_F(ListenTest, HoldsBackForAServerThatConfirmsNoReplies) {
  options_.reply_bytes = 1;
  bus_.at(Operation::kFlush, 2, Fault::kSwallowed);
  poller_.after(seconds(1), [this] {
    for (int i = 0; i < 10; ++i) say(std::to_string(i), true);
  });
  poller_.after(seconds(10), [this] {
    EXPECT_EQ(output_.written, "0\n");
    memory_.lose("again");
  });
  for (int i = 11; i < 30; ++i) poller_.after(seconds(i), [] {});  // a confirmation has come
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_EQ(output_.written, "0\n1\n2\n3\n4\n5\n6\n7\n8\n9\n");
}

TEST_F(ListenTest, HoldsBackForASlowReaderWithoutLosingAnything) {
  output_.stuck = true;
  poller_.after(seconds(1), [this] {
    for (int i = 0; i < 100; ++i) say(std::to_string(i));
  });
  poller_.after(seconds(10), [this] {
    EXPECT_LE(output_.records, 1u);  // one record waits in the output, the others with us
    output_.unstick();
  });
  EXPECT_EQ(run(), ExitStatus::kOk);
  std::string all;
  for (int i = 0; i < 100; ++i) all += std::to_string(i) + "\n";
  EXPECT_EQ(output_.written, all);
}

TEST_F(ListenTest, FailsIfStandardOutputCannotBeWritten) {
  options_.timeout.reset();
  says(seconds(1), "one");
  poller_.after(seconds(2), [this] { output_.broken = Error{Errc::kRuntime, "disk full"}; });
  EXPECT_EQ(run(), ExitStatus::kFailure);
  EXPECT_TRUE(said("error: disk full"));
}

// ---- running commands

TEST_F(ListenTest, RunsTheCommandForEveryMessageOneAfterTheOther) {
  options_.command = {"run", "it"};
  scripts_.takes = seconds(5);
  poller_.after(seconds(1), [this] {
    for (const char* payload : {"a", "b", "c"}) say(payload);
  });
  EXPECT_EQ(run(), ExitStatus::kOk);
  ASSERT_EQ(scripts_.started.size(), 3u);
  EXPECT_EQ(scripts_.started[0].command, (std::vector<std::string>{"run", "it", "ping", "a"}));
  EXPECT_EQ(payloads_run(), (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(scripts_.most_at_once, 1u);
  EXPECT_EQ(scripts_.started[0].destination, "node1");
  EXPECT_FALSE(scripts_.started[0].capture);
  EXPECT_EQ(output_.written, "");
  EXPECT_EQ(log_.count("notice: ping from node2: exit status 0"), 3u);
}

TEST_F(ListenTest, ExplainsOnceHowAFailedCommandNamedLikeItsVerbWasRun) {
  options_.command = {"/usr/bin/ping"};
  scripts_.exit_status = 1;
  poller_.after(seconds(1), [this] {
    for (const char* payload : {"a", "b"}) say(payload);
  });
  EXPECT_EQ(run(), ExitStatus::kOk);
  const std::string hint = "notice: /usr/bin/ping was run as: /usr/bin/ping VERB PAYLOAD";
  EXPECT_EQ(log_.count(hint + "; to run a program that takes no arguments, use sh -c '/usr/bin/ping'"), 1u);
}

TEST_F(ListenTest, DoesNotExplainACommandThatSucceeds) {
  options_.command = {"ping"};
  says(seconds(1), "a");
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_FALSE(said("was run as"));
}

TEST_F(ListenTest, DoesNotExplainACommandThatIsNotNamedLikeItsVerb) {
  options_.command = {"ping", "-c1"};
  scripts_.exit_status = 1;
  says(seconds(1), "a");
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_FALSE(said("was run as"));
}

TEST_F(ListenTest, TakesAndVerifiesMessagesWhileACommandRuns) {
  options_.command = {"run"};
  scripts_.takes = seconds(20);
  says(seconds(1), "first");
  says(seconds(3), "second");  // its window is over long before its turn comes
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_EQ(payloads_run(), (std::vector<std::string>{"first", "second"}));
}

TEST_F(ListenTest, SendsBackExitStatusAndOutput) {
  options_.command = {"run"};
  scripts_.exit_status = 7;
  scripts_.output = "out\n";
  says(seconds(1), "x", true);
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_EQ(replies(), "7,out\n ");
  EXPECT_TRUE(scripts_.started[0].capture);
  EXPECT_GT(scripts_.started[0].capture_limit, 1u << 19);
  EXPECT_LT(scripts_.started[0].capture_limit, broker_.max_payload);
}

TEST_F(ListenTest, SaysHowMuchOutputIsMissing) {
  broker_.max_payload = 1000;
  options_.command = {"run"};
  scripts_.output = std::string(5000, 'x');
  says(seconds(1), "x", true);
  EXPECT_EQ(run(), ExitStatus::kOk);
  ASSERT_EQ(broker_.published.size(), 1u);
  EXPECT_NE(replies().find("more bytes of output cut]"), std::string::npos);
  EXPECT_LE(broker_.published[0].payload.size(), 1000u);
}

TEST_F(ListenTest, RepliesWhenACommandCannotBeStarted) {
  options_.command = {"run"};
  scripts_.fail_next({127, "\"run\" is not found", StartFailure::Fault::kProgram});
  scripts_.fail_next({126, "the payload contains a NUL", StartFailure::Fault::kArguments});
  poller_.after(seconds(1), [this] {
    say("a", true);
    say("b", true);
    say("c", true);
  });
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_EQ(replies(), "127,\"run\" is not found 126,the payload contains a NUL 0, ");
  EXPECT_TRUE(said("error: ping from node2: the command was not run: \"run\" is not found"));
}

TEST_F(ListenTest, AMessageThatCannotBePassedDoesNotEndAOneShot) {
  options_.command = {"run"};
  options_.goal = Goal::first_match();
  scripts_.fail_next({126, "the payload contains a NUL", StartFailure::Fault::kArguments});
  poller_.after(seconds(1), [this] {
    say("a");
    say("b");
  });
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_EQ(payloads_run(), (std::vector<std::string>{"b"}));
}

TEST_F(ListenTest, ExitsWithNothingIfTheOnlyMessageCannotBePassed) {
  options_.command = {"run"};
  options_.goal = Goal::first_match();
  scripts_.fail_next({126, "the payload contains a NUL", StartFailure::Fault::kArguments});
  says(seconds(1), "a");
  EXPECT_EQ(run(), ExitStatus::kNothing);
}

TEST_F(ListenTest, FailsIfTheOneMessageIsStillHeldAtTheTimeout) {
  options_.command = {"run"};
  options_.goal = Goal::first_match();
  options_.timeout = seconds(3);
  for (int i = 0; i < 100; ++i) scripts_.fail_next({126, "out of processes", StartFailure::Fault::kSystem});
  says(seconds(1), "a");
  EXPECT_EQ(run(), ExitStatus::kFailure);
  EXPECT_TRUE(said("error: 1 received messages were not handled"));
}

TEST_F(ListenTest, FailsIfTheOneCommandCannotBeStarted) {
  options_.command = {"run"};
  options_.goal = Goal::first_match();
  scripts_.fail_next({127, "\"run\" is not found", StartFailure::Fault::kProgram});
  says(seconds(1), "a", true);
  EXPECT_EQ(run(), ExitStatus::kFailure);
  EXPECT_EQ(replies(), "127,\"run\" is not found ");
}

TEST_F(ListenTest, SeesItsOneCommandThroughBeforeItEnds) {
  options_.command = {"run"};
  options_.goal = Goal::first_match();
  options_.timeout.reset();
  scripts_.takes = seconds(30);
  scripts_.output = "done";
  poller_.after(seconds(1), [this] {
    say("a", true);
    say("b", true);
  });
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_EQ(replies(), "0,done ");
  EXPECT_EQ(scripts_.started.size(), 1u);
}

TEST_F(ListenTest, RunsAsManyCommandsAtATimeAsAllowed) {
  options_.command = {"run"};
  options_.jobs = 3;
  scripts_.takes = seconds(5);
  poller_.after(seconds(1), [this] {
    for (int i = 0; i < 7; ++i) say(std::to_string(i));
  });
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_EQ(scripts_.started.size(), 7u);
  EXPECT_EQ(scripts_.most_at_once, 3u);
}

TEST_F(ListenTest, HandsOnHowACommandIsToRun) {
  options_.command = {"run"};
  options_.payload = PayloadAs::kStandardInput;
  options_.script_timeout = seconds(7);
  options_.filter.destination.reset();
  says(seconds(1), "x");
  EXPECT_EQ(run(), ExitStatus::kOk);
  ASSERT_EQ(scripts_.started.size(), 1u);
  EXPECT_TRUE(scripts_.started[0].payload_on_stdin);
  EXPECT_EQ(scripts_.started[0].timeout, seconds(7));
  EXPECT_EQ(scripts_.started[0].destination, std::nullopt);
}

TEST_F(ListenTest, HoldsAMessageAndItsPlaceWhileTheSystemCannotStartACommand) {
  options_.command = {"run"};
  for (int i = 0; i < 20; ++i) scripts_.fail_next({126, "out of processes", StartFailure::Fault::kSystem});
  poller_.after(seconds(1), [this] {
    say("a", true);
    say("b");
  });
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_EQ(payloads_run(), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(replies(), "0, ");
  EXPECT_EQ(log_.count("out of processes; trying again for 30s"), 1u);
}

TEST_F(ListenTest, TriesAgainAtOnceIfItsTimeComesBetweenTheTryAndTheWait) {
  class SlowFlush : public test::FakeOutput {
   public:
    explicit SlowFlush(test::FakeClock& clock) : clock_(clock) {}
    void flush() override { clock_.advance(milliseconds(100)); }

   private:
    test::FakeClock& clock_;
  } output(clock_);
  options_.command = {"run"};
  options_.goal = Goal::first_match();
  options_.timeout = std::nullopt;
  scripts_.fail_next({126, "out of processes", StartFailure::Fault::kSystem});
  says(seconds(1), "a");
  EXPECT_EQ(listen(options_, config_, {bus_, clock_, poller_, scripts_, output, log_}), ExitStatus::kOk);
  EXPECT_EQ(payloads_run(), std::vector<std::string>{"a"});
}

TEST_F(ListenTest, GivesAHeldMessageUpInTheEnd) {
  options_.command = {"run"};
  for (int i = 0; i < 302; ++i) scripts_.fail_next({126, "out of processes", StartFailure::Fault::kSystem});
  says(seconds(1), "a", true);
  says(seconds(40), "b");
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_EQ(replies(), "126,out of processes ");
  EXPECT_EQ(payloads_run(), (std::vector<std::string>{"b"}));
}

TEST_F(ListenTest, CountsAHeldMessageAmongTheUnhandled) {
  options_.command = {"run"};
  options_.timeout = seconds(3);
  for (int i = 0; i < 100; ++i) scripts_.fail_next({126, "out of processes", StartFailure::Fault::kSystem});
  poller_.after(seconds(1), [this] {
    say("a");
    say("b");
  });
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_TRUE(said("error: 2 received messages were not handled"));
}

TEST_F(ListenTest, FailsIfItHadToRefuseGoodMessages) {
  options_.command = {"run"};
  options_.limits.guard = {.total = 100, .per_peer = 2};
  poller_.after(seconds(1), [this] {
    for (const char* payload : {"a", "b", "c"}) say(payload);
  });
  EXPECT_EQ(run(), ExitStatus::kFailure);
  EXPECT_EQ(scripts_.started.size(), 2u);
  EXPECT_TRUE(said("error: valid messages refused at a limit or not recorded: 1"));
}

TEST_F(ListenTest, IsNotMadeToFailByForgeriesThatABoundRefuses) {
  options_.goal = Goal::first_match();
  options_.limits.waiting = {.total = 10'000, .per_key = 2'000};
  poller_.after(seconds(1), [this] {
    const std::string forged = test::forged(test::signed_by(3, test::message_saying("forged")));
    for (int i = 0; i < 100; ++i) broker_.publish(kSubject, forged);
    say("a");
  });
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_EQ(output_.written, "a\n");
  EXPECT_TRUE(said("refused a message that claims to be from node3: too many messages wait for their signature check"));
}

TEST_F(ListenTest, FailsIfItsAuditIsNotComplete) {
  options_.timeout = seconds(10);
  audit_.incomplete = true;
  says(seconds(1), "a");
  EXPECT_EQ(listen(options_, config_, {bus_, clock_, poller_, scripts_, output_, log_, {nullptr, &audit_}}),
            ExitStatus::kFailure);
  EXPECT_TRUE(said("error: the audit is not complete"));
}

// ---- the end

TEST_F(ListenTest, TerminatesTheCommandAtItsTimeoutAndStillReplies) {
  options_.command = {"run"};
  options_.timeout = seconds(10);
  scripts_.for_ever = true;
  poller_.after(seconds(1), [this] {
    say("a", true);
    say("b");
    say("c");
  });
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_EQ(scripts_.terminations, 1u);
  EXPECT_EQ(scripts_.started.size(), 1u);
  EXPECT_EQ(replies(), "143, ");
  EXPECT_TRUE(said("error: 2 received messages were not handled"));
}

TEST_F(ListenTest, LetsRunningCommandsEndWithinTheirGraceAndStartsNoOther) {
  options_.command = {"run"};
  options_.grace = seconds(10);
  scripts_.takes = seconds(5);
  scripts_.exit_status = 7;
  poller_.after(seconds(1), [this] {
    say("a", true);
    say("b");
  });
  stops(seconds(2));
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_EQ(replies(), "7, ");
  EXPECT_EQ(scripts_.started.size(), 1u);
  EXPECT_TRUE(said("error: 1 received messages were not handled"));
}

TEST_F(ListenTest, TerminatesCommandsWhenTheirGraceIsOver) {
  options_.command = {"run"};
  options_.grace = seconds(10);
  scripts_.for_ever = true;
  says(seconds(1), "a", true);
  stops(seconds(2));
  const MonotonicTime start = clock_.monotonic();
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_GE(clock_.monotonic() - start, seconds(12));
  EXPECT_LT(clock_.monotonic() - start, seconds(13));
  EXPECT_EQ(replies(), "143, ");
}

TEST_F(ListenTest, EndsWhenAskedThoughItWaitsForACommandAfterItsOutputFailed) {
  options_.command = {"run"};
  options_.json = true;
  scripts_.for_ever = true;
  says(seconds(1), "a");
  poller_.after(seconds(2), [this] { output_.broken = Error{Errc::kRuntime, "closed"}; });
  stops(seconds(3));
  EXPECT_EQ(run(), ExitStatus::kFailure);
  EXPECT_EQ(scripts_.terminations, 1u);
}

TEST_F(ListenTest, EndsWhenAsked) {
  options_.command = {"run"};
  scripts_.for_ever = true;
  says(seconds(1), "a", true);
  stops(seconds(2));
  const MonotonicTime start = clock_.monotonic();
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_LT(clock_.monotonic() - start, seconds(3));
  EXPECT_EQ(replies(), "143, ");
}

TEST_F(ListenTest, DoesNotWaitLongForItsLastRepliesWhenAsked) {
  says(seconds(1), "a", true);
  poller_.after(milliseconds(500), [this] { memory_.hold_confirmations(true); });
  stops(seconds(2));
  const MonotonicTime start = clock_.monotonic();
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_EQ(clock_.monotonic() - start, milliseconds(2400));
  EXPECT_TRUE(said("error: 1 replies could not be sent"));
}

TEST_F(ListenTest, SeesItsLastReplyConfirmedBeforeItEndsByItself) {
  options_.goal = Goal::first_match();
  options_.timeout.reset();
  poller_.after(seconds(1), [this] {
    broker_.stop();  // delivered, then the link goes: the reply has to wait
  });
  poller_.after(milliseconds(900), [this] {
    memory_.hold_confirmations(true);
    say("a", true);
  });
  poller_.after(seconds(4), [this] {
    memory_.hold_confirmations(false);
    broker_.start();
  });
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_EQ(replies(), "0,NO_DATA 0,NO_DATA ");  // again: the first was never confirmed
}

// ---- links

TEST_F(ListenTest, ResubscribesAfterALostLinkAndReportsHowLongItWasGone) {
  poller_.after(seconds(1), [this] { broker_.stop(); });
  says(seconds(2), "missed");
  poller_.after(seconds(13), [this] { broker_.start(); });
  says(seconds(14), "heard");
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_EQ(output_.written, "heard\n");
  EXPECT_EQ(log_.count("Ready"), 1u);
  EXPECT_TRUE(said("error: the server closed the connection; trying again"));
  EXPECT_TRUE(said("error: the connection is back; messages of the last 12s may have been missed"));
}

TEST_F(ListenTest, SaysTheSameTroubleOnce) {
  broker_.stop();
  poller_.after(seconds(1), [this] { memory_.lose("nobody is there"); });
  poller_.after(seconds(2), [this] { memory_.lose("nobody is there"); });
  EXPECT_EQ(run(), ExitStatus::kFailure);
  EXPECT_EQ(log_.count("; trying again"), 2u);  // of connect(), and of the first lose()
  EXPECT_EQ(log_.lines.back(), "error: never subscribed: nobody is there");
}

TEST_F(ListenTest, FailsIfItWasNeverSubscribed) {
  bus_.at(Operation::kFlush, 1, Fault::kSwallowed);
  EXPECT_EQ(run(), ExitStatus::kFailure);
  EXPECT_EQ(log_.lines.back(), "error: never subscribed: no server answered");
}

TEST_F(ListenTest, KeepsItsStatusIfTheLinkGoesLater) {
  poller_.after(seconds(1), [this] { broker_.stop(); });
  EXPECT_EQ(run(), ExitStatus::kNothing);
}

TEST_F(ListenTest, FailsIfItMayNotSubscribe) {
  options_.timeout.reset();
  memory_.permit_only({});
  EXPECT_EQ(run(), ExitStatus::kFailure);
  EXPECT_EQ(log_.text(), "error: no subscription to remaphore.all\n");
}

TEST_F(ListenTest, GoesOnIfOnlyItsRepliesAreDenied) {
  memory_.permit_only({kSubject});
  says(seconds(1), "a", true);
  says(seconds(2), "b");
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_EQ(output_.written, "a\nb\n");
  EXPECT_TRUE(said("error: no publication to remaphore."));
}

TEST_F(ListenTest, FailsIfItsCredentialsAreRefused) {
  options_.timeout.reset();
  memory_.refuse_credentials();
  EXPECT_EQ(run(), ExitStatus::kFailure);
  EXPECT_EQ(log_.text(), "error: the server refuses the credentials\n");
}

TEST_F(ListenTest, SendsAReplyAgainThatALostLinkSwallowed) {
  bus_.at(Operation::kFlush, 2, Fault::kLostBefore);  // the first is the subscription's
  says(seconds(1), "a", true);
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_EQ(replies(), "0,NO_DATA 0,NO_DATA ");
  EXPECT_EQ(output_.written, "a\n");
}

// ---- the audit

TEST_F(ListenTest, AuditsWhatBecameOfEveryMessage) {
  options_.command = {"run"};
  options_.timeout = seconds(30);
  scripts_.takes = seconds(5);
  scripts_.exit_status = 3;
  scripts_.fail_next({127, "not found", StartFailure::Fault::kProgram});
  poller_.after(seconds(1), [this] {
    say("a");
    say("b");
  });
  poller_.after(seconds(10), [this] {
    scripts_.for_ever = true;
    say("c");
    say("d");
  });
  EXPECT_EQ(listen(options_, config_, {bus_, clock_, poller_, scripts_, output_, log_, {&journal_, &audit_}}),
            ExitStatus::kOk);
  EXPECT_EQ(audit_.entries, (std::vector<std::string>{
                                "not run ping of node2 (not found): exit 127",
                                "ran ping of node2: exit 3 after 5s",
                                "ran ping of node2: exit 143 after 20s",
                                "dropped ping of node2 (the listener was ending)",
                            }));
  EXPECT_EQ(journal_.records.size(), 4u);
}

TEST_F(ListenTest, AuditsWhatItPrints) {
  says(seconds(1), "a");
  EXPECT_EQ(listen(options_, config_, {bus_, clock_, poller_, scripts_, output_, log_, {nullptr, &audit_}}),
            ExitStatus::kOk);
  EXPECT_EQ(audit_.entries, (std::vector<std::string>{"printed ping of node2"}));
}

// ---- hostile company

TEST_F(ListenTest, IsNotKeptFromItsWorkByAForgedFlood) {
  poller_.after(seconds(1), [this] {
    say("first");
    const std::string forged = test::forged(last_.replace(last_.size() - 5, 5, "other"));
    for (int i = 0; i < 2000; ++i) broker_.publish(kSubject, forged);
    Message honest = test::message_saying("honest");
    honest.time = clock_.now();
    broker_.publish(kSubject, test::signed_by(3, honest));
  });
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_EQ(output_.written, "first\nhonest\n");
}

TEST_F(ListenTest, RunsNothingForAStrangerOrAForbiddenVerb) {
  options_.command = {"run"};
  poller_.after(seconds(1), [this] {
    Message message = test::message_saying("evil");
    message.time = clock_.now();
    broker_.publish(kSubject, test::signed_by(9, message));
    broker_.publish(kSubject, test::forged(test::signed_by(2, message)));
    broker_.publish(kSubject, "evil");
  });
  EXPECT_EQ(run(), ExitStatus::kNothing);
  EXPECT_TRUE(scripts_.started.empty());
}

TEST_F(ListenTest, RunsACommandOnceHoweverOftenItsMessageIsRepeated) {
  options_.command = {"run"};
  poller_.after(seconds(1), [this] {
    say("x");
    for (int i = 0; i < 10; ++i) broker_.publish(kSubject, last_);
  });
  poller_.after(seconds(2), [this] { broker_.publish(kSubject, last_); });
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_EQ(scripts_.started.size(), 1u);
}

// ---- reports to a supervisor

TEST_F(ListenTest, TellsItsSupervisorOfTheSubscriptionOfCountsAndOfTheEnd) {
  says(seconds(1), "one");
  says(seconds(2), "two");
  poller_.after(seconds(3), [this] { broker_.publish(kSubject, last_); });  // a replay
  poller_.after(seconds(4), [this] { broker_.publish(kSubject, "junk"); });
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_EQ(supervisor_.story(), "subscribed 2/2, stopping 2/2");
}

TEST_F(ListenTest, IsSubscribedForItsSupervisorOnlyOnceTheServerConfirmed) {
  bus_.at(Operation::kFlush, 1, Fault::kSwallowed);
  poller_.after(seconds(2), [this] { EXPECT_EQ(supervisor_.story(), ""); });
  poller_.after(seconds(3), [this] { memory_.lose("again"); });
  poller_.after(seconds(4), [this] { EXPECT_EQ(supervisor_.story(), "connecting (again) 0/0, subscribed 0/0"); });
  run();
}

TEST_F(ListenTest, TellsItsSupervisorOfALostLinkAndThatItIsBack) {
  poller_.after(seconds(2), [this] { memory_.lose("cable"); });
  EXPECT_EQ(run(), ExitStatus::kNothing);
  EXPECT_EQ(supervisor_.story(), "subscribed 0/0, cut off (cable) 0/0, subscribed 0/0, stopping 0/0");
}

TEST_F(ListenTest, DoesNotCountMessagesForOthersAsRefused) {
  options_.filter.verbs = {"deploy"};
  says(seconds(1), "other verb");
  EXPECT_EQ(run(), ExitStatus::kNothing);
  EXPECT_EQ(supervisor_.story(), "subscribed 0/0, stopping 0/0");
}

TEST_F(ListenTest, IsStoppingForItsSupervisorWhileCommandsEnd) {
  options_.command = {"run"};
  scripts_.takes = seconds(100);
  says(seconds(1), "long");
  stops(seconds(2));
  run();
  EXPECT_EQ(supervisor_.story(), "subscribed 1/0, stopping 1/0");
}

// ---- --json

class ListenJsonTest : public ListenTest {
 protected:
  ListenJsonTest() { options_.json = true; }
  // What every object begins with for a message that `says` `payload` (as JSON) after a second.
  std::string begin(const std::string& payload, bool reply_wanted = false) const {
    return R"({"type":"message","time":"2023-11-14T22:13:21.000000Z","signed":"2023-11-14T22:13:21.000000Z",)"
           R"("peer":"node2","public_key":")" +
           test::public_text(2) + R"(","destination":"**","verb":"ping","uuid":")" +
           std::string(wire::Fields::split(last_)->uuid()) + R"(","reply_wanted":)" +
           (reply_wanted ? "true" : "false") + R"(,"payload":)" + payload;
  }
  static std::string summary(const std::string& counts) { return R"({"type":"summary",)" + counts + "}\n"; }
};

TEST_F(ListenJsonTest, PrintsAnObjectForAMessageAndSumsUp) {
  says(seconds(1), "two\nlines");
  options_.goal = Goal::first_match();
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_EQ(output_.written, begin(R"("two\nlines")") + R"(,"action":"printed"})" + "\n" +
                                 summary(R"("received":1,"dropped":0,"status":0)"));
}

TEST_F(ListenJsonTest, PrintsAnObjectForAnEmptyPayloadToo) {
  says(seconds(1), "", true);
  options_.goal = Goal::first_match();
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_TRUE(output_.written.starts_with(begin(R"("")", true) + R"(,"action":"printed"})" + "\n")) << output_.written;
  EXPECT_EQ(replies(), "0,NO_DATA ");
}

TEST_F(ListenJsonTest, WritesAPayloadThatIsNoUtf8AsBase64) {
  says(seconds(1), "\xff");
  options_.goal = Goal::first_match();
  run();
  EXPECT_TRUE(output_.written.starts_with(begin(R"("/w==","encoding":"base64","action")"))) << output_.written;
}

TEST_F(ListenJsonTest, KeepsTheOutputOfACommandOffStandardOutput) {
  options_.command = {"run"};
  options_.goal = Goal::first_match();
  scripts_.takes = milliseconds(1500);
  scripts_.exit_status = 3;
  scripts_.output = "said\xff";
  says(seconds(1), "x");
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_TRUE(scripts_.started.at(0).capture);
  EXPECT_EQ(output_.written,
            begin(R"("x")") +
                R"(,"action":"ran","exit":3,"seconds":1.500000,"output":"c2FpZP8=","output_encoding":"base64"})" +
                "\n" + summary(R"("received":1,"dropped":0,"status":0)"));
  EXPECT_EQ(replies(), "");
}

TEST_F(ListenJsonTest, SendsTheOutputBackAsWell) {
  options_.command = {"run"};
  options_.goal = Goal::first_match();
  scripts_.output = "said";
  says(seconds(1), "x", true);
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_NE(output_.written.find(R"("output":"said"})"), std::string::npos) << output_.written;
  EXPECT_EQ(replies(), "0,said ");
}

TEST_F(ListenJsonTest, GivesTheReasonACommandWasNotRun) {
  options_.command = {"run"};
  options_.goal = Goal::first_match();
  scripts_.fail_next({127, "not found", StartFailure::Fault::kProgram});
  says(seconds(1), "x");
  EXPECT_EQ(run(), ExitStatus::kFailure);
  EXPECT_EQ(output_.written, begin(R"("x")") + R"(,"action":"not run","reason":"not found","exit":127})" + "\n" +
                                 summary(R"("received":1,"dropped":0,"status":3)"));
  EXPECT_EQ(log_.failures, std::vector<std::string>{"ping from node2: the command was not run: not found"});
}

TEST_F(ListenJsonTest, SumsUpWhatWasNotHandledWhenASignalCame) {
  options_.command = {"run"};
  scripts_.for_ever = true;
  says(seconds(1), "one");
  says(seconds(2), "two");
  stops(seconds(3));
  run();
  EXPECT_NE(output_.written.find(R"("exit":143,)"), std::string::npos) << output_.written;
  EXPECT_TRUE(output_.written.ends_with(summary(R"("received":2,"dropped":1,"status":143)"))) << output_.written;
}

TEST_F(ListenJsonTest, StartsNoCommandWhileNobodyReads) {
  options_.command = {"run"};
  output_.stuck = true;
  for (int i = 1; i <= 5; ++i) says(seconds(i), "x");
  poller_.after(seconds(10), [this] {
    EXPECT_EQ(scripts_.started.size(), 1u);
    output_.unstick();
  });
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_EQ(scripts_.started.size(), 5u);
}

TEST_F(ListenJsonTest, SumsUpThatNothingCame) {
  EXPECT_EQ(run(), ExitStatus::kNothing);
  EXPECT_EQ(output_.written, summary(R"("received":0,"dropped":0,"status":1)"));
  EXPECT_TRUE(log_.failures.empty());
}

TEST_F(ListenJsonTest, ReportsThatItWasNeverSubscribed) {
  broker_.stop();
  EXPECT_EQ(run(), ExitStatus::kFailure);
  ASSERT_EQ(log_.failures.size(), 1u);
  EXPECT_TRUE(log_.failures[0].starts_with("never subscribed"));
  EXPECT_EQ(output_.written, summary(R"("received":0,"dropped":0,"status":3)"));
}

// ---- --exit-status

class ListenExitStatusTest : public ListenTest {
 protected:
  ListenExitStatusTest() {
    options_.command = {"run"};
    options_.goal = Goal::first_match();
    options_.pass_exit_status = true;
  }
  int status() { return static_cast<int>(run()); }
};

TEST_F(ListenExitStatusTest, IsTheCommands) {
  scripts_.exit_status = 42;
  says(seconds(1), "x");
  EXPECT_EQ(status(), 42);
}

TEST_F(ListenExitStatusTest, MayBeTheCommandsOne) {
  scripts_.exit_status = 1;
  says(seconds(1), "x");
  EXPECT_EQ(status(), 1);
}

TEST_F(ListenExitStatusTest, IsThatOfACommandThatWasEndedByTheTimeout) {
  scripts_.for_ever = true;
  says(seconds(1), "x");
  EXPECT_EQ(status(), 143);
}

TEST_F(ListenExitStatusTest, IsThatOfACommandThatCannotBeRun) {
  scripts_.fail_next({127, "not found", StartFailure::Fault::kProgram});
  says(seconds(1), "x");
  EXPECT_EQ(status(), 127);
  EXPECT_TRUE(log_.failures.empty());
}

TEST_F(ListenExitStatusTest, IsNotThatOfAMessageThatCannotBePassed) {
  scripts_.fail_next({126, "too long", StartFailure::Fault::kArguments});
  says(seconds(1), "x");
  says(seconds(2), "y");
  EXPECT_EQ(status(), 0);
  EXPECT_EQ(scripts_.started.size(), 1u);
}

TEST_F(ListenExitStatusTest, IsOursIfNoCommandWasRun) { EXPECT_EQ(status(), 1); }

TEST_F(ListenExitStatusTest, IsZeroUnlessAskedFor) {
  options_.pass_exit_status = false;
  scripts_.exit_status = 42;
  says(seconds(1), "x");
  EXPECT_EQ(status(), 0);
}

}  // namespace
}  // namespace remaphore
