#include "app/listen_result.h"

#include <gtest/gtest.h>

#include <vector>

#include "support/fake_output.h"
#include "support/recording_log.h"

namespace remaphore {
namespace {

using std::chrono::seconds;
using Lines = std::vector<std::string>;

class ListenResultTest : public testing::Test {
 protected:
  Goal barrier() const {
    return *Goal::barrier({.count = {}, .from = std::vector<std::string_view>{"node1", "node2"}, .self = {}}, peers_);
  }
  ExitStatus status() { return listen_status(end_, log_); }
  void receive(std::uint64_t messages) { end_.received = messages; }

  const Peers peers_{{{"node1", "1111", VerbList("*"), 1}, {"node2", "2222", VerbList("*"), 2}}};
  Goal goal_;
  ListenEnd end_{.goal = goal_, .was_active = true};
  test::RecordingLog log_;
};

TEST_F(ListenResultTest, IsOkOnceAMessageWasReceived) {
  receive(1);
  EXPECT_EQ(status(), ExitStatus::kOk);
  EXPECT_EQ(log_.lines, Lines{});
}

TEST_F(ListenResultTest, IsNothingWithoutAMessageAndNamesTheTimeoutThatEndedIt) {
  EXPECT_EQ(status(), ExitStatus::kNothing);
  EXPECT_EQ(log_.lines, Lines{});
  end_.timeout = seconds(90);
  EXPECT_EQ(status(), ExitStatus::kNothing);
  EXPECT_EQ(log_.lines, Lines{"notice: no message came within 1m30s"});
}

TEST_F(ListenResultTest, DoesNotNameTheTimeoutIfASignalEndedIt) {
  end_.timeout = seconds(90);
  end_.signal = 15;
  EXPECT_EQ(status(), ExitStatus::kNothing);
  EXPECT_EQ(log_.lines, Lines{});
}

TEST_F(ListenResultTest, IsAFailureIfItWasNeverSubscribed) {
  end_.was_active = false;
  end_.trouble = "never subscribed: no server answered";
  EXPECT_EQ(status(), ExitStatus::kFailure);
  EXPECT_EQ(log_.failures, Lines{"never subscribed: no server answered"});
}

TEST_F(ListenResultTest, IsAFailureIfTheKeptMessagesWereNotReadInTime) {
  end_.was_active = false;
  end_.reads_kept = true;
  EXPECT_EQ(status(), ExitStatus::kFailure);
  EXPECT_EQ(log_.failures, Lines{"the messages that the stream keeps were not read in time"});
  end_.has_read_kept = true;
  EXPECT_EQ(status(), ExitStatus::kNothing);
}

TEST_F(ListenResultTest, IsAFailureWithEveryReasonIfGoodMessagesWereRefusedOrNotRecorded) {
  receive(5);
  end_.overflowed = 3;
  end_.audit_incomplete = true;
  end_.unsent_replies = 2;
  EXPECT_EQ(status(), ExitStatus::kFailure);
  EXPECT_EQ(log_.failures,
            (Lines{"valid messages refused at a limit or not recorded: 3", "the audit is not complete"}));
  EXPECT_EQ(log_.lines.front(), "error: 2 replies could not be sent");
}

TEST_F(ListenResultTest, UnsentRepliesDoNotMakeItAFailure) {
  receive(1);
  end_.unsent_replies = 2;
  EXPECT_EQ(status(), ExitStatus::kOk);
}

TEST_F(ListenResultTest, AFailureOfStandardOutputGoesBeforeAnythingElse) {
  receive(1);
  end_.overflowed = 3;
  end_.output_failure = Error{Errc::kRuntime, "nobody reads standard output any more"};
  EXPECT_EQ(status(), ExitStatus::kFailure);
  EXPECT_EQ(log_.lines, Lines{"error: nobody reads standard output any more"});
}

TEST_F(ListenResultTest, IsAFailureWithoutAnotherLineIfEveryServerRefusedUs) {
  receive(1);
  end_.is_permanently_refused = true;
  EXPECT_EQ(status(), ExitStatus::kFailure);
  EXPECT_EQ(log_.lines, Lines{});
}

TEST_F(ListenResultTest, IsTheStatusOfTheCommandUnlessTheListenerItselfFailed) {
  goal_ = Goal::first_match();
  goal_.started("node1");
  receive(1);
  end_.command_status = 42;
  EXPECT_EQ(static_cast<int>(status()), 42);
  end_.overflowed = 1;
  EXPECT_EQ(status(), ExitStatus::kFailure);
}

TEST_F(ListenResultTest, WithAGoalIsAFailureIfTheCommandDidNotStart) {
  goal_ = Goal::first_match();
  goal_.started("node1");
  receive(1);
  end_.start_failed = true;
  EXPECT_EQ(status(), ExitStatus::kFailure);
}

TEST_F(ListenResultTest, WithAGoalDependsOnWhetherItWasReached) {
  goal_ = Goal::first_match();
  receive(1);
  EXPECT_EQ(status(), ExitStatus::kNothing) << "its message could not be passed to the command";
  end_.dropped = 1;
  EXPECT_EQ(status(), ExitStatus::kFailure);
  goal_.printed("node1");
  EXPECT_EQ(status(), ExitStatus::kOk);
}

TEST_F(ListenResultTest, OfABarrierIsItsOwnAndNamesTheMissing) {
  goal_ = barrier();
  EXPECT_EQ(status(), ExitStatus::kNothing);
  EXPECT_EQ(log_.lines, Lines{"error: 0 of 2 arrived, not node1, node2"});
  goal_.received("node1");
  goal_.printed("node1");
  EXPECT_EQ(status(), ExitStatus::kSilent);
  goal_.printed("node2");
  EXPECT_EQ(status(), ExitStatus::kOk);
}

TEST_F(ListenResultTest, OfABarrierThatReadsWhatIsKeptIsTheSameBeforeItIsSubscribed) {
  goal_ = barrier();
  end_.was_active = false;
  end_.reads_kept = true;
  goal_.received("node1");
  goal_.ended("node1", 3);
  end_.received = 1;
  EXPECT_EQ(status(), ExitStatus::kFailure) << "not all were read";
  end_.has_read_kept = true;
  EXPECT_EQ(status(), ExitStatus::kSilent);
  end_.has_read_kept = false;
  goal_.ended("node1", 0);
  goal_.ended("node2", 0);
  EXPECT_EQ(status(), ExitStatus::kCommandFailed);
}

TEST_F(ListenResultTest, OfACompleteBarrierIsAFailureIfOurLastSignalIsNotConfirmed) {
  goal_ = barrier();
  end_.arrival_unconfirmed = true;
  EXPECT_EQ(status(), ExitStatus::kNothing) << "only a complete one";
  goal_.printed("node1");
  goal_.printed("node2");
  EXPECT_EQ(status(), ExitStatus::kFailure);
  EXPECT_EQ(log_.failures, Lines{"all have arrived, but the server has not confirmed our last signal: others may not "
                                 "have received it"});
  end_.arrival_unconfirmed = false;
  end_.arrival_failed = true;
  EXPECT_EQ(status(), ExitStatus::kFailure);
  EXPECT_EQ(log_.failures.size(), 1u);
}

TEST_F(ListenResultTest, DroppedMessagesAreReportedUnlessTheGoalWasReached) {
  report_dropped(goal_, 2, 1, log_);
  EXPECT_EQ(log_.lines,
            (Lines{"error: 2 received messages were not handled", "error: 1 more were neither verified nor handled"}));
  EXPECT_EQ(log_.failures, Lines{});
  goal_ = Goal::first_match();
  report_dropped(goal_, 2, 0, log_);
  EXPECT_EQ(log_.failures, Lines{"2 received messages were not handled"});
  goal_.printed("node1");
  report_dropped(goal_, 2, 1, log_);
  EXPECT_EQ(log_.lines.size(), 3u);
}

TEST_F(ListenResultTest, TheLastObjectHasTheTurnoutOfABarrierAndTheStatusThatAShellSees) {
  test::FakeOutput output;
  goal_ = barrier();
  goal_.printed("node2");
  receive(4);
  end_.dropped = 1;
  record_end(end_, ExitStatus::kSilent, {nullptr, &output});
  EXPECT_EQ(output.written, R"({"type":"missing","destination":"node1"}
{"type":"summary","received":4,"dropped":1,"arrived":1,"expected":2,"status":4}
)");
  output.written.clear();
  goal_ = {};
  end_.signal = 2;
  record_end(end_, ExitStatus::kOk, {nullptr, &output});
  EXPECT_EQ(output.written, R"({"type":"summary","received":4,"dropped":1,"status":130}
)");
}

}  // namespace
}  // namespace remaphore
