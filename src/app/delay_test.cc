#include <gtest/gtest.h>

#include <set>

#include "app/listen.h"
#include "support/app_fixture.h"

namespace remaphore {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// A listener that delays what it does: --splay and --start-after.
class DelayTest : public test::AppTest {
 protected:
  DelayTest() {
    options_.subject = kSubject;
    options_.filter.destination = "node1";
    options_.timeout = seconds(60);
  }
  ExitStatus run() { return listen(options_, config_, {bus_, clock_, poller_, scripts_, output_, log_}); }

  // Peer 2 sends something `after` from now; it was signed `ago` before that.
  void says(Duration after, const std::string& payload, Duration ago = {}) {
    poller_.after(after, [this, payload, ago] {
      Message message = test::message_saying(payload);
      message.time = clock_.now() - ago;
      broker_.publish(kSubject, test::signed_by(2, message));
    });
  }
  Duration elapsed() const { return clock_.monotonic() - begun_; }

  const MonotonicTime begun_ = clock_.monotonic();
  ListenOptions options_;
};

class SplayTest : public DelayTest {
 protected:
  SplayTest() {
    options_.command = {"run"};
    options_.delay.splay = seconds(10);
  }
};

TEST_F(SplayTest, WaitsForARandomPartOfItBeforeEachCommand) {
  std::set<Duration> waits;
  for (int round = 0; round < 20; ++round) {
    const MonotonicTime before = clock_.monotonic();
    options_.goal = Goal::first_match();
    says(seconds(1), std::to_string(round));
    EXPECT_EQ(run(), ExitStatus::kOk);
    const Duration waited = clock_.monotonic() - before - seconds(1);
    EXPECT_GE(waited, Duration(0));
    EXPECT_LE(waited, seconds(10) + milliseconds(1));
    waits.insert(waited);
  }
  EXPECT_EQ(scripts_.started.size(), 20u);
  EXPECT_GT(waits.size(), 15u);
}

TEST_F(SplayTest, WaitsBeforeAsManyCommandsAtATimeAsMayRun) {
  options_.jobs = 3;
  scripts_.takes = seconds(100);
  for (int i = 0; i < 5; ++i) says(seconds(1), std::to_string(i));
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_EQ(scripts_.started.size(), 3u);
  EXPECT_EQ(scripts_.most_at_once, 3u);
}

TEST_F(SplayTest, StartsOneCommandOnceHoweverManyMayRun) {
  options_.goal = Goal::first_match();
  options_.jobs = 3;
  for (int i = 0; i < 3; ++i) says(seconds(1), std::to_string(i));
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_EQ(scripts_.started.size(), 1u);
}

TEST_F(SplayTest, DoesNotOutlastTheTimeout) {
  options_.delay.splay = std::chrono::hours(10'000);
  options_.timeout = seconds(3);
  says(seconds(1), "a");
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_TRUE(scripts_.started.empty());
  EXPECT_TRUE(said("error: 1 received messages were not handled"));
  EXPECT_EQ(elapsed(), seconds(3));
}

TEST_F(SplayTest, EndsAtASignal) {
  options_.delay.splay = std::chrono::hours(10'000);
  options_.timeout.reset();
  says(seconds(1), "a");
  poller_.after(seconds(2), [this] { poller_.stop(15); });
  run();
  EXPECT_TRUE(scripts_.started.empty());
  EXPECT_TRUE(said("error: 1 received messages were not handled"));
}

TEST_F(SplayTest, StartsNothingDuringTheGrace) {
  options_.jobs = 2;
  options_.grace = seconds(30);
  options_.timeout = seconds(15);
  scripts_.takes = seconds(20);
  says(seconds(1), "runs");
  says(seconds(14), "waits");
  poller_.after(seconds(13), [this] { EXPECT_EQ(scripts_.started.size(), 1u); });
  const ExitStatus status = run();
  EXPECT_EQ(status, ExitStatus::kOk);
  EXPECT_EQ(scripts_.terminations, 1u);
  EXPECT_LE(scripts_.started.size(), 2u);
}

// ---- --start-after

class StartAfterTest : public DelayTest {
 protected:
  StartAfterTest() { options_.delay.after_signed = seconds(10); }
};

TEST_F(StartAfterTest, ReturnsThatLongAfterTheMessageWasSigned) {
  options_.goal = Goal::first_match();
  says(seconds(5), "go", seconds(2));
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_EQ(elapsed(), seconds(13));
  EXPECT_EQ(output_.written, "go\n");
  EXPECT_FALSE(said("late"));
}

TEST_F(StartAfterTest, StartsTheCommandThatLongAfterTheMessageWasSigned) {
  options_.goal = Goal::first_match();
  options_.command = {"run"};
  says(seconds(5), "go", seconds(2));
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_EQ(elapsed(), seconds(13));
  EXPECT_EQ(scripts_.started.size(), 1u);
}

TEST_F(StartAfterTest, ReportsThatItIsLateAndStartsAtOnce) {
  options_.goal = Goal::first_match();
  options_.delay.after_signed = seconds(1);
  says(seconds(5), "go", milliseconds(2500));
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_EQ(elapsed(), seconds(5));
  EXPECT_EQ(log_.count("error: ping from node2 is 1.5s late: it should have started 1s after it was signed"), 1u)
      << log_.text();
}

TEST_F(StartAfterTest, ReportsThatItIsLateIfAnotherCommandWasInTheWay) {
  options_.command = {"run"};
  scripts_.takes = seconds(20);
  says(seconds(1), "a");
  says(seconds(2), "b");
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_EQ(log_.count("error: ping from node2 is 19s late: it should have started 10s after it was signed"), 1u)
      << log_.text();
}

TEST_F(StartAfterTest, FollowsAClockThatIsSetMeanwhile) {
  options_.goal = Goal::first_match();
  says(seconds(5), "go");
  poller_.after(seconds(7), [this] { clock_.step_wall(seconds(4)); });
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_EQ(elapsed(), seconds(11));
}

TEST_F(StartAfterTest, HandsOutWhatIsDueFirst) {
  says(seconds(5), "later");
  says(seconds(6), "sooner", seconds(3));
  options_.timeout = seconds(20);
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_EQ(output_.written, "sooner\nlater\n");
}

TEST_F(StartAfterTest, PrintsNothingWhoseTimeHasNotComeAtTheTimeout) {
  options_.goal = Goal::first_match();
  options_.timeout = seconds(8);
  says(seconds(5), "go");
  EXPECT_EQ(run(), ExitStatus::kFailure);
  EXPECT_EQ(output_.written, "");
  EXPECT_TRUE(said("error: 1 received messages were not handled"));
}

}  // namespace
}  // namespace remaphore
