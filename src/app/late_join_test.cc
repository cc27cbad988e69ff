#include "app/late_join.h"

#include <gtest/gtest.h>

#include "app/listen.h"
#include "core/wire.h"
#include "support/app_fixture.h"
#include "support/fake_jetstream.h"

namespace remaphore {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

class LateJoinTest : public test::AppTest {
 protected:
  LateJoinTest() {
    options_.subject = kSubject;
    options_.filter.destination = "node1";
    options_.timeout = seconds(60);
    options_.kept = KeptOptions{.stream = "REMAPHORE", .since = hours(24)};
    memory_.set_inbox_prefix("_INBOX.UME");
    make_stream();
    server_.answer_later = [this](auto answer) { after(Duration(0), answer); };
  }
  void make_stream() {
    jetstream::StreamConfig config;
    config.name = "REMAPHORE";
    config.subjects = {kSubject, "remaphore.night"};
    stream_ = &server_.add(config);
  }
  ExitStatus run() {
    return listen(options_, config_,
                  {bus_, clock_, poller_, scripts_, output_, log_, {&journal_, &audit_}, {&supervisor_}});
  }

  std::string message(const std::string& payload, WallTime time, bool reply_wanted = false) const {
    Message message = test::message_saying(payload);
    message.time = time;
    message.reply_wanted = reply_wanted;
    return test::signed_by(2, message);
  }
  // Peer 2 sent it at that time, and the stream has kept it.
  void keep(const std::string& payload, Duration ago, bool reply_wanted = false) {
    stream_->store(kSubject, message(payload, clock_.now() - ago, reply_wanted), clock_.now() - ago);
  }
  // Sends it now.
  void say(const std::string& payload) { broker_.publish(kSubject, message(payload, clock_.now())); }
  void after(Duration time, std::function<void()> event) { poller_.after(time, std::move(event)); }
  std::size_t line_of(std::string_view part) const {
    for (std::size_t i = 0; i < log_.lines.size(); ++i) {
      if (log_.lines[i].find(part) != std::string::npos) return i;
    }
    return log_.lines.size();
  }
  std::vector<std::string> payloads_run() const {
    std::vector<std::string> all;
    for (const auto& one : scripts_.started) all.push_back(one.command.back());
    return all;
  }

  test::FakeJetStream server_{broker_, clock_};
  test::FakeStream* stream_ = nullptr;
  ListenOptions options_;
};

// ---- reading

TEST_F(LateJoinTest, PrintsWhatIsKeptInTheStreamsOrderThenLiveOnes) {
  for (int i = 0; i < 300; ++i) keep(std::to_string(i), minutes(300 - i));
  after(seconds(5), [this] { say("live"); });
  EXPECT_EQ(run(), ExitStatus::kOk);
  std::string expected;
  for (int i = 0; i < 300; ++i) expected += std::to_string(i) + "\n";
  EXPECT_EQ(output_.written, expected + "live\n");
  EXPECT_EQ(supervisor_.told.back().refused, 0u) << "the second look is not a replay";
}

TEST_F(LateJoinTest, IsReadyOnceTheKeptOnesAreThroughAndNotBefore) {
  keep("a", minutes(1));
  after(milliseconds(999), [this] {
    EXPECT_EQ(output_.written, "a\n");
    EXPECT_EQ(log_.count("Ready"), 0u) << "storing lags behind delivering";
  });
  after(milliseconds(1100), [this] { EXPECT_EQ(log_.count("Ready"), 1u); });
  run();
  EXPECT_EQ(supervisor_.story(), "connecting 1/0, subscribed 1/0, stopping 1/0");
}

TEST_F(LateJoinTest, SkipsMessagesOlderThanTheWindowInSilence) {
  keep("too old", hours(24) + seconds(6));
  keep("just in it", hours(24) + seconds(5));
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_EQ(output_.written, "just in it\n");
  EXPECT_EQ(log_.text(), "Ready\n");
}

TEST_F(LateJoinTest, AMessageOfTheWindowCountsEvenIfItComesLive) {
  after(seconds(5), [this] { broker_.publish(kSubject, message("delayed", clock_.now() - hours(3))); });
  after(seconds(6), [this] { broker_.publish(kSubject, message("too old", clock_.now() - hours(25))); });
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_EQ(output_.written, "delayed\n");
  EXPECT_TRUE(said("its time is 25h behind our clock"));
}

TEST_F(LateJoinTest, ReadingLongDoesNotLetMessagesGrowTooOld) {
  keep("a", hours(24));
  server_.answer_later = [this](auto answer) { after(milliseconds(1500), answer); };
  options_.kept->since = hours(24) - seconds(4);  // within a second of the window's end
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_EQ(output_.written, "a\n");
}

TEST_F(LateJoinTest, MessagesOnOtherSubjectsAreNotHeard) {
  stream_->store("remaphore.night", message("night", clock_.now()), clock_.now());
  EXPECT_EQ(run(), ExitStatus::kNothing);
}

TEST_F(LateJoinTest, NothingIsTakenThatIsNotSignedByAPeer) {
  stream_->store(kSubject, "noise", clock_.now());
  stream_->store(kSubject, test::forged(message("forged", clock_.now())), clock_.now());
  keep("good", seconds(1));
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_EQ(output_.written, "good\n");
}

// ---- one-shots

TEST_F(LateJoinTest, AOneShotEndsAtTheOldestMatchAtOnce) {
  options_.goal = Goal::first_match();
  keep("older", hours(2));
  keep("newer", hours(1));
  const MonotonicTime start = clock_.monotonic();
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_EQ(output_.written, "older\n");
  EXPECT_EQ(clock_.monotonic(), start);
}

TEST_F(LateJoinTest, LastTakesTheNewestByItsSignedTimeWhateverTheOrder) {
  options_.goal = Goal::first_match();
  options_.kept->newest = true;
  keep("older", hours(2));
  keep("newest", hours(1));
  keep("oldest", hours(3));
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_EQ(output_.written, "newest\n");
  EXPECT_EQ(audit_.entries,
            (std::vector<std::string>{"taken ping of node2", "dropped ping of node2 (there was a newer one)",
                                      "taken ping of node2", "dropped ping of node2 (there was a newer one)",
                                      "taken ping of node2", "printed ping of node2"}));
}

TEST_F(LateJoinTest, LastLeavesNoOlderOneToTheNextRun) {
  options_.goal = Goal::first_match();
  options_.kept->newest = true;
  keep("older", hours(2));
  keep("newest", hours(1));
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_EQ(run(), ExitStatus::kNothing);
  EXPECT_EQ(output_.written, "newest\n");
}

TEST_F(LateJoinTest, TheAuditNamesAMessageBeforeItIsActedOn) {
  options_.goal = Goal::first_match();
  keep("kept", hours(1));
  journal_.full = true;
  run();
  EXPECT_EQ(output_.written, "");
  EXPECT_EQ(audit_.entries, std::vector<std::string>{"taken ping of node2"});
}

TEST_F(LateJoinTest, LastWaitsForALiveOneIfNothingIsKept) {
  options_.goal = Goal::first_match();
  options_.kept->newest = true;
  after(seconds(5), [this] { say("live"); });
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_EQ(output_.written, "live\n");
}

TEST_F(LateJoinTest, AOneShotWaitsForALiveOneIfNothingIsKept) {
  options_.goal = Goal::first_match();
  after(seconds(5), [this] { say("live"); });
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_EQ(output_.written, "live\n");
}

// ---- no gap, no copy

TEST_F(LateJoinTest, LiveMessagesWaitUntilTheKeptOnesAreThroughAndNoneIsTakenTwice) {
  for (int i = 0; i < 100; ++i) keep(std::to_string(i), minutes(1));
  server_.answer_later = [this](auto answer) { after(milliseconds(10), answer); };
  after(milliseconds(5), [this] { say("live 1"); });
  after(milliseconds(35), [this] { say("live 2"); });
  after(seconds(5), [this] { say("live 3"); });
  EXPECT_EQ(run(), ExitStatus::kOk);
  std::string expected;
  for (int i = 0; i < 100; ++i) expected += std::to_string(i) + "\n";
  EXPECT_EQ(output_.written, expected + "live 1\nlive 2\nlive 3\n");
  EXPECT_EQ(supervisor_.told.back().refused, 0u);
}

TEST_F(LateJoinTest, WhatIsStoredAMomentAfterItsDeliveryIsFoundByTheSecondLook) {
  say("before we were there");
  const std::string late = message("stored late", clock_.now());
  after(milliseconds(500), [this, late] { stream_->store(kSubject, late, clock_.now()); });
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_EQ(output_.written, "before we were there\nstored late\n");
}

TEST_F(LateJoinTest, WhatWasMissedWhileTheLinkWasLostIsRead) {
  after(seconds(3), [this] { say("one"); });
  after(seconds(5), [this] { broker_.stop(); });
  after(seconds(8), [this] { keep("missed", Duration(0)); });
  after(seconds(10), [this] { broker_.start(); });
  after(seconds(20), [this] { say("two"); });
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_EQ(output_.written, "one\nmissed\ntwo\n");
  EXPECT_TRUE(
      said("the connection is back; messages of the last 6s were read from stream REMAPHORE: none of those that "
           "it keeps were missed"))
      << log_.text();
  EXPECT_EQ(log_.count("may have been missed"), 0u);
  EXPECT_EQ(log_.count("Ready"), 1u);
}

TEST_F(LateJoinTest, ALinkThatIsLostWhileReadingIsNoLoss) {
  for (int i = 0; i < 200; ++i) keep(std::to_string(i), minutes(1));
  server_.answer_later = [this](auto answer) { after(milliseconds(10), answer); };
  after(milliseconds(45), [this] { memory_.lose("cut"); });
  after(milliseconds(85), [this] { memory_.lose("cut"); });
  EXPECT_EQ(run(), ExitStatus::kOk);
  std::string expected;
  for (int i = 0; i < 200; ++i) expected += std::to_string(i) + "\n";
  EXPECT_EQ(output_.written, expected);
}

TEST_F(LateJoinTest, ASubscriptionThatIsTakenAwayIsAGapToo) {
  after(seconds(5), [this] {
    memory_.deny("no subscription", Denial::Of::kSubscription, kSubject);
    keep("missed", Duration(0));
  });
  after(seconds(6) + milliseconds(1), [] {});  // the confirmation is there
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_EQ(output_.written, "missed\n");
}

TEST_F(LateJoinTest, NamesTheSpanThatTheStreamHasLost) {
  after(seconds(3), [this] { say("one"); });
  after(seconds(5), [this] { broker_.stop(); });
  after(seconds(6), [this] { keep("lost", Duration(0)); });
  after(seconds(8), [this] { keep("missed", Duration(0)); });
  after(seconds(9), [this] {
    stream_->forget_before(stream_->last());
    broker_.start();
  });
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_EQ(output_.written, "one\nmissed\n");
  EXPECT_TRUE(
      said("but messages sent between 2023-11-14T22:13:25.000000Z and 2023-11-14T22:13:28.000000Z may have been "
           "missed: stream REMAPHORE no longer has them"))
      << log_.text();
}

TEST_F(LateJoinTest, NamesTheSpanLostWithARecreatedStream) {
  after(seconds(5), [this] { broker_.stop(); });
  after(seconds(8), [this] {
    stream_->make_anew(clock_.now());
    broker_.start();
  });
  run();
  EXPECT_TRUE(
      said("between 2023-11-14T22:13:25.000000Z and 2023-11-14T22:13:28.000000Z may have been missed: stream "
           "REMAPHORE was recreated"))
      << log_.text();
}

TEST_F(LateJoinTest, DoesNotReportMessagesAsLostThatAgedWhileTheLinkStood) {
  keep("old", minutes(1));
  after(seconds(3), [this] { say("one"); });
  after(seconds(4), [this] { say("two"); });
  after(seconds(5), [this] { stream_->forget_before(stream_->last()); });
  after(seconds(6), [this] { memory_.lose("cut"); });
  run();
  EXPECT_EQ(output_.written, "old\none\ntwo\n");
  EXPECT_EQ(log_.count("may have been missed"), 0u) << log_.text();
}

// ---- requests

TEST_F(LateJoinTest, AnOldRequestIsNotRunAndNotAnswered) {
  options_.command = {"script"};
  keep("old request", seconds(6), true);
  keep("young request", seconds(4), true);
  keep("old message", seconds(6));
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_EQ(payloads_run(), (std::vector<std::string>{"young request", "old message"}));
  std::size_t answers = 0;
  for (const auto& one : broker_.published) answers += one.subject.starts_with("remaphore.") ? 1 : 0;
  EXPECT_EQ(answers, 1u);
}

// ---- trouble

TEST_F(LateJoinTest, FailsAtOnceWithTheReasonIfTheStreamCannotBeRead) {
  struct {
    std::function<void()> set_up;
    std::function<void()> clean_up;
    const char* reason;
  } const cases[] = {
      {[this] { server_.remove_streams(); }, [this] { make_stream(); },
       "the server has no stream REMAPHORE: remaphore-fleet provision DIR creates it"},
      {[this] { server_.on = false; }, [this] { server_.on = true; }, "remaphore-fleet provision DIR enables it"},
      {[this] { server_.for_account = false; }, [this] { server_.for_account = true; },
       "the server has no JetStream, or none for this account"},
      {[this] { stream_->config().subjects = {"remaphore.night"}; },
       [this] { stream_->config().subjects = {kSubject}; },
       "does not keep messages sent to remaphore.all: remaphore-fleet provision DIR --keep-subject \"all\""},
      {[this] { server_.lie = [](const auto&) { return "{\"nonsense\":["; }; }, [this] { server_.lie = nullptr; },
       "not an answer of JetStream"},
      {[this] {
         memory_.permit_only({kSubject, "_INBOX.UME.*"});
       },
       [this] {
         memory_.permit_only(
             {kSubject, "_INBOX.UME.*", "$JS.API.STREAM.INFO.REMAPHORE", "$JS.API.STREAM.MSG.GET.REMAPHORE"});
       },
       "no publication to $JS.API.STREAM.INFO.REMAPHORE: remaphore-fleet provision DIR creates credentials"},
  };
  for (const auto& one : cases) {
    log_.lines.clear();
    one.set_up();
    after(Duration(0), [] {});  // the denial is there
    const MonotonicTime start = clock_.monotonic();
    EXPECT_EQ(run(), ExitStatus::kFailure) << one.reason;
    EXPECT_EQ(clock_.monotonic(), start) << one.reason;
    EXPECT_EQ(log_.count(one.reason), 1u) << log_.text();
    EXPECT_EQ(log_.count("Ready"), 0u);
    one.clean_up();
  }
}

TEST_F(LateJoinTest, AServerThatDoesNotAnswerHasNoJetStream) {
  server_.silent = true;
  const MonotonicTime start = clock_.monotonic();
  EXPECT_EQ(run(), ExitStatus::kFailure);
  EXPECT_EQ(clock_.monotonic() - start, seconds(4));
  EXPECT_TRUE(said("the server has no JetStream (no answer within 2s)"));
}

TEST_F(LateJoinTest, AServerThatSaysThatItHasNoJetStreamIsAskedOnce) {
  server_.silent = true;
  memory_.say_that_it_keeps_no_streams();
  const MonotonicTime start = clock_.monotonic();
  EXPECT_EQ(run(), ExitStatus::kFailure);
  EXPECT_EQ(clock_.monotonic() - start, seconds(1));
  EXPECT_TRUE(said("the server has no JetStream (no answer within 1s)"));
}

TEST_F(LateJoinTest, ReadsAStreamThroughAServerWithoutStreams) {
  keep("a", minutes(1));
  memory_.say_that_it_keeps_no_streams();
  options_.goal = Goal::first_match();
  EXPECT_EQ(run(), ExitStatus::kOk);
}

TEST_F(LateJoinTest, AStreamThatIsSlowToAnswerTheSecondLookIsWaitedFor) {
  keep("a", minutes(1));
  int infos = 0;
  server_.answer_later = [this](auto answer) { after(Duration(0), answer); };
  server_.lie = [this, &infos](const jetstream::Request& request) {
    const bool slow = request.body.empty() && ++infos >= 2 && infos <= 4;
    const Duration delay = slow ? Duration(seconds(3)) : Duration(0);
    server_.answer_later = [this, delay](auto answer) { after(delay, answer); };
    return std::string();
  };
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_EQ(output_.written, "a\n");
  EXPECT_EQ(log_.text(), "Ready\n");
}

TEST_F(LateJoinTest, AnAnswerThatIsLostIsAskedForAgain) {
  for (int i = 0; i < 10; ++i) keep(std::to_string(i), minutes(1));
  int number = 0;
  server_.answer_later = [this, &number](auto answer) {
    if (++number != 4) after(Duration(0), answer);
  };
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_EQ(output_.written, "0\n1\n2\n3\n4\n5\n6\n7\n8\n9\n");
}

TEST_F(LateJoinTest, AListenerThatHasStoodIsCutOffAndTriesAgain) {
  after(seconds(3), [this] { say("one"); });
  after(seconds(5), [this] {
    server_.remove_streams();
    memory_.lose("cut");
  });
  after(seconds(10), [this] { say("live"); });
  after(seconds(20), [this] { make_stream(); });
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_EQ(output_.written, "one\nlive\n");
  EXPECT_EQ(log_.count("missed messages cannot be read: the server has no stream REMAPHORE"), 1u) << log_.text();
  EXPECT_TRUE(said("may have been missed: stream REMAPHORE was recreated")) << log_.text();
  EXPECT_NE(supervisor_.story().find("cut off (missed messages cannot be read"), std::string::npos)
      << supervisor_.story();
}

TEST_F(LateJoinTest, WarnsIfTheStreamKeepsLessThanIsAskedFor) {
  stream_->config().max_age = hours(12);
  run();
  EXPECT_TRUE(said("notice: --since 24h goes back further than stream REMAPHORE, which keeps messages for 12h"));
}

TEST_F(LateJoinTest, WarnsIfTheStreamHasDroppedSomeOfTheWindow) {
  keep("dropped", hours(2));
  keep("kept", hours(1));
  stream_->forget_before(2);
  run();
  EXPECT_TRUE(said("which has nothing sent before 2023-11-14T21:13:20.000000Z")) << log_.text();
}

TEST_F(LateJoinTest, WithoutTimeToReadItFails) {
  server_.answer_later = [this](auto answer) { after(seconds(1), answer); };
  options_.timeout = milliseconds(900);
  EXPECT_EQ(run(), ExitStatus::kFailure);
  EXPECT_TRUE(said("the messages that the stream keeps were not read in time"));
}

TEST_F(LateJoinTest, IfNothingIsKeptATimeoutBeforeTheSecondLookIsNoFailure) {
  options_.timeout = milliseconds(900);
  EXPECT_EQ(run(), ExitStatus::kNothing);
}

TEST_F(LateJoinTest, ABarrierThatKeptSignalsCompleteIsJudgedLikeAnyOther) {
  options_.goal = *Goal::barrier(
      {.count = *Portion::parse("1"), .from = {}, .self = {}, .counted = Goal::Counted::kOnEnd}, config_.peers);
  options_.command = {"script"};
  scripts_.exit_status = 3;
  keep("here", hours(1));
  EXPECT_EQ(run(), ExitStatus::kCommandFailed);
}

TEST_F(LateJoinTest, ABarrierNamesTheMissingThoughItsTimeIsUpBeforeTheSecondLook) {
  options_.goal = *Goal::barrier({.count = {}, .from = {{"node2", "node3"}}, .self = {}}, config_.peers);
  options_.timeout = milliseconds(900);
  keep("here", hours(1));
  EXPECT_EQ(run(), ExitStatus::kSilent);
  EXPECT_TRUE(said("1 of 2 arrived, not node3")) << log_.text();
}

TEST_F(LateJoinTest, ReadsNoMoreThanTheQueueTakes) {
  options_.command = {"script"};
  scripts_.takes = seconds(10);
  options_.limits.ready.per_key = 1'000'000;  // a quarter of it for kept ones
  const std::string large(4000, 'x');
  for (int i = 0; i < 300; ++i) keep(std::to_string(i) + large, minutes(1));
  after(seconds(5), [this] {
    constexpr std::size_t kFits = 250'000 / 4000;
    EXPECT_LT(server_.requests, kFits + jetstream::StreamReader::kMaxUnderWay + 10)
        << "what fits, and what is under way";
    EXPECT_EQ(log_.count("Ready"), 0u);
  });
  options_.timeout = hours(1);
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_EQ(scripts_.started.size(), 300u);
  EXPECT_LE(server_.requests, 320u);
}

// ---- --state

TEST_F(LateJoinTest, WhatWasQueuedWhenItWasKilledIsReadAgainAndNothingRunsTwice) {
  options_.command = {"script"};
  scripts_.takes = seconds(10);
  for (int i = 0; i < 5; ++i) keep(std::to_string(i), minutes(1));
  std::vector<GuardRecord> at_kill;
  after(seconds(15), [this, &at_kill] { at_kill = journal_.records; });
  options_.timeout = seconds(16);
  run();
  EXPECT_EQ(payloads_run(), (std::vector<std::string>{"0", "1"}));
  EXPECT_EQ(at_kill.size(), 2u);
  journal_.records = at_kill;
  scripts_.started.clear();
  options_.timeout = seconds(60);
  run();
  EXPECT_EQ(payloads_run(), (std::vector<std::string>{"2", "3", "4"}));
}

TEST_F(LateJoinTest, MessagesThatWaitedForTheirTimeAtAKillAreReadAgainAndRunOnce) {
  options_.command = {"script"};
  options_.delay.after_signed = hours(2);
  options_.jobs = 2;
  for (int i = 0; i < 3; ++i) keep(std::to_string(i), hours(1));
  options_.timeout = minutes(30);
  after(minutes(20), [this] { EXPECT_EQ(journal_.records.size(), 0u) << "what a kill would leave"; });
  run();
  EXPECT_TRUE(scripts_.started.empty());
  EXPECT_EQ(journal_.records.size(), 0u);
  options_.timeout = hours(1);
  for (int life = 0; life < 2; ++life) run();
  EXPECT_EQ(payloads_run(), (std::vector<std::string>{"0", "1", "2"}));
}

TEST_F(LateJoinTest, WhatIsDroppedAtTheEndIsReadAgain) {
  options_.command = {"script"};
  scripts_.takes = seconds(10);
  for (int i = 0; i < 3; ++i) keep(std::to_string(i), minutes(1));
  options_.timeout = seconds(5);
  run();
  scripts_.started.clear();
  options_.timeout = seconds(60);
  run();
  EXPECT_EQ(payloads_run(), (std::vector<std::string>{"1", "2"}));
}

TEST_F(LateJoinTest, TheJournalRemembersForAsLongAsTheWindowIs) {
  options_.command = {"script"};
  keep("a", hours(1));
  options_.timeout = seconds(5);
  run();
  clock_.advance(hours(22));
  run();
  EXPECT_EQ(scripts_.started.size(), 1u);
  ASSERT_EQ(journal_.records.size(), 1u);
  EXPECT_FALSE(journal_.records[0].is_span());
  clock_.advance(hours(22));
  run();
  EXPECT_TRUE(journal_.records.at(0).is_span()) << "too old to be read again, and forgotten as a span";
}

TEST_F(LateJoinTest, AShortenedJournalHoldsNothingThatIsStillQueued) {
  options_.command = {"script"};
  scripts_.takes = seconds(1);
  journal_.long_from = 3;
  for (int i = 0; i < 10; ++i) keep(std::to_string(i), minutes(1));
  after(milliseconds(4500), [this] { EXPECT_LE(journal_.records.size(), 5u); });
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_EQ(scripts_.started.size(), 10u);
}

}  // namespace
}  // namespace remaphore
