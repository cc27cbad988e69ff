#include "app/hold_lock_fixture.h"

namespace remaphore::test {
namespace {

constexpr int kInt = 2, kTerm = 15;

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST_F(HoldLockTest, RunsTheCommandAndEndsWithItsStatus) {
  EXPECT_EQ(run(), ExitStatus{5});
  ASSERT_EQ(command_.environment.size(), 3u);
  EXPECT_EQ(command_.environment[0], "REMAPHORE_LOCK=nightly");
  EXPECT_TRUE(command_.environment[1].starts_with("REMAPHORE_FENCE="));
  EXPECT_EQ(command_.environment[2], "REMAPHORE_SLOTS=1");
  EXPECT_TRUE(log_.lines.empty()) << log_.text();
  EXPECT_TRUE(is_free());
}

TEST_F(HoldLockTest, TheGuardKnowsTheDeadlinesBeforeTheCommandStarts) {
  std::size_t known = 0;
  command_.started = [&] {
    known = command_.guarded.size();
    poller_.after(seconds(5), [this] { command_.finish(0); });
  };
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_GE(known, 1u);
  EXPECT_GT(command_.guarded.back().kill_at, command_.guarded.front().kill_at) << "each refresh moves them";
}

TEST_F(HoldLockTest, ACommandThatCannotBeStartedGivesTheLockBack) {
  command_.failure = StartFailure{127, "there is no such program", StartFailure::Fault::kProgram};
  EXPECT_EQ(run(), ExitStatus{127});
  EXPECT_TRUE(said("there is no such program"));
  EXPECT_TRUE(is_free());
}

TEST_F(HoldLockTest, IfItMustNotWaitItNamesTheHolderAndEndsWith75) {
  held();
  options_.wait = Duration(0);
  const MonotonicTime start = clock_.monotonic();
  EXPECT_EQ(run(), ExitStatus::kNotFree);
  EXPECT_EQ(clock_.monotonic(), start);
  EXPECT_TRUE(said("nightly is held by node1"));
  EXPECT_FALSE(command_.end());
}

TEST_F(HoldLockTest, AnotherStatusForThatCanBeChosen) {
  held();
  options_.wait = Duration(0);
  options_.conflict_status = ExitStatus::kOk;
  EXPECT_EQ(run(), ExitStatus::kOk);
}

TEST_F(HoldLockTest, WaitsNoLongerThanItShould) {
  held();
  options_.wait = seconds(1);
  const MonotonicTime start = clock_.monotonic();
  EXPECT_EQ(run(), ExitStatus::kNotFree);
  EXPECT_EQ(clock_.monotonic() - start, seconds(1));
  EXPECT_EQ(log_.count("waiting: nightly is held by node1"), 1u);
}

TEST_F(HoldLockTest, TheTimeOfTheCommandDoesNotCountAsWaiting) {
  options_.wait = milliseconds(500);
  EXPECT_EQ(run(), ExitStatus{5});
}

TEST_F(HoldLockTest, ATimeoutBoundsTheCommandToo) {
  options_.timeout = milliseconds(300);
  command_.started = [this] { poller_.after(milliseconds(700), [this] { command_.finish(0); }); };
  const BootTime start = clock_.boot();
  EXPECT_EQ(run(), ExitStatus::kTimedOut);
  ASSERT_TRUE(command_.kill_at);
  EXPECT_EQ(*command_.kill_at, start + milliseconds(300) + seconds(2));
  EXPECT_TRUE(is_free());
}

TEST_F(HoldLockTest, ATimeoutDuringTheReleaseChangesNothing) {
  options_.timeout = milliseconds(1500);
  command_.started = [this] {
    poller_.after(seconds(1), [this] {
      broker_.stop();
      command_.finish(5);
    });
  };
  const MonotonicTime start = clock_.monotonic();
  EXPECT_EQ(run(), ExitStatus{5});
  EXPECT_EQ(clock_.monotonic() - start, seconds(3)) << "it tried to release";
}

TEST_F(HoldLockTest, ATimeoutWhileItWaitsIs124) {
  held();
  options_.timeout = seconds(1);
  EXPECT_EQ(run(), ExitStatus::kTimedOut);
  EXPECT_TRUE(said("gave up: nightly is held by node1"));
}

TEST_F(HoldLockTest, AHolderOutOfTouchEndsTheCommandAndExits76) {
  command_.started = [this] {
    broker_.stop();
    poller_.after(milliseconds(3700), [this] { command_.finish(143); });
  };
  const BootTime start = clock_.boot();
  EXPECT_EQ(run(), ExitStatus::kLockLost);
  ASSERT_TRUE(command_.kill_at);
  EXPECT_LE(*command_.kill_at, start + seconds(4));
  EXPECT_TRUE(said("the lock nightly is lost: no refresh was acknowledged for 3.5s; ending the command"));
}

TEST_F(HoldLockTest, ACommandThatItsGuardEndedMeansThatTheLockWasNearlyLost) {
  command_.started = [this] { poller_.after(seconds(1), [this] { command_.finish(143, true); }); };
  EXPECT_EQ(run(), ExitStatus::kLockLost);
  EXPECT_TRUE(
      said("the lock nightly was about to expire while remaphore was stopped (no refresh for 1s), so its guard ended "
           "the command"));
}

TEST_F(HoldLockTest, ItIsTheLastObjectThatTheGuardEndedTheCommand) {
  options_.json = true;
  command_.started = [this] { poller_.after(seconds(1), [this] { command_.finish(143, true); }); };
  EXPECT_EQ(run(), ExitStatus::kLockLost);
  EXPECT_TRUE(output_.written.ends_with(R"("out_of_touch":1.000000,"status":76})"
                                        "\n"))
      << output_.written;
}

TEST_F(HoldLockTest, AMachineThatSleptBeforeTheCommandStartedDoesNotStartIt) {
  view_ = &shown_;
  bool started = false, slept = false;
  command_.started = [&] {
    started = true;
    command_.finish(0);
  };
  shown_.cleared = [&] {
    if (!std::exchange(slept, true)) clock_.sleep(seconds(5));
  };
  EXPECT_EQ(run(), ExitStatus::kLockLost);
  EXPECT_FALSE(started);
  EXPECT_TRUE(said("the lock nightly is lost: no refresh was acknowledged for 5s"));
}

TEST_F(HoldLockTest, AMachineThatSleptIsNotReadyWithoutACommand) {
  options_.command.clear();
  view_ = &shown_;
  bool slept = false;
  shown_.cleared = [&] {
    if (!std::exchange(slept, true)) clock_.sleep(seconds(5));
  };
  EXPECT_EQ(run(), ExitStatus::kLockLost);
  EXPECT_EQ(log_.count("Ready"), 0u);
}

TEST_F(HoldLockTest, WithoutACommandASignalEndsIt) {
  options_.command.clear();
  poller_.after(seconds(2), [this] {
    EXPECT_FALSE(is_free());
    poller_.stop(kTerm);
  });
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_EQ(log_.count("Ready"), 1u);
  EXPECT_EQ(supervisor_.told.front().phase, ServiceState::Phase::kSubscribed);
  EXPECT_EQ(supervisor_.told.back().phase, ServiceState::Phase::kStopping);
  EXPECT_TRUE(is_free());
}

TEST_F(HoldLockTest, WithoutACommandTheEndOfStandardInputEndsIt) {
  options_.command.clear();
  options_.json = true;
  poller_.after(seconds(1), [this] { input_.ended = true; });
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_NE(output_.written.find(R"("state":"held")"), std::string::npos) << output_.written;
  EXPECT_NE(output_.written.find(R"("state":"released")"), std::string::npos) << output_.written;
}

TEST_F(HoldLockTest, TheLastObjectHasTheStatus) {
  options_.command.clear();
  options_.json = true;
  const auto last = [this] {
    const std::string all = std::exchange(output_.written, {});
    return all.substr(all.rfind('\n', all.size() - 2) + 1);
  };
  poller_.after(seconds(1), [this] { input_.ended = true; });
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_EQ(last(), R"({"type":"lock","name":"nightly","state":"released","status":0})"
                    "\n");
  input_.ended = false;
  options_.timeout = seconds(1);
  EXPECT_EQ(run(), ExitStatus::kTimedOut);
  EXPECT_TRUE(last().ends_with(R"("state":"released","status":124})"
                               "\n"));
  held();
  EXPECT_EQ(run(), ExitStatus::kTimedOut);
  EXPECT_TRUE(last().ends_with(R"("state":"released","status":124})"
                               "\n"))
      << "it only waited";
  contenders_.clear();
  options_.timeout.reset();
  poller_.after(seconds(20), [this] { broker_.stop(); });
  EXPECT_EQ(run(), ExitStatus::kLockLost);
  EXPECT_TRUE(last().ends_with(R"(,"status":76})"
                               "\n"));
}

TEST_F(HoldLockTest, ASignalIsTheStatusOfTheLastObject) {
  options_.command.clear();
  options_.json = true;
  poller_.after(seconds(1), [this] { poller_.stop(kTerm); });
  run();
  EXPECT_TRUE(output_.written.ends_with(R"("state":"released","status":143})"
                                        "\n"))
      << output_.written;
}

TEST_F(HoldLockTest, ASignalWhileItWaitsLeavesNoEntry) {
  Contender& first = held();
  poller_.after(seconds(1), [this] { poller_.stop(kInt); });
  EXPECT_EQ(run(), ExitStatus::kOk);
  first.lock.release();
  settle();
  EXPECT_TRUE(is_free());
}

TEST_F(HoldLockTest, TheLiveLineGoesWhenItHolds) {
  view_ = &shown_;
  Contender& first = held();
  poller_.after(milliseconds(500), [&] {
    EXPECT_FALSE(shown_.now.empty());
    first.lock.release();
    settle();
  });
  command_.started = [this] {
    EXPECT_TRUE(shown_.now.empty());
    poller_.after(milliseconds(100), [this] { command_.finish(0); });
  };
  EXPECT_EQ(run(), ExitStatus::kOk);
  ASSERT_EQ(shown_.shown.size(), 1u);
  EXPECT_TRUE(shown_.shown[0].starts_with("waiting: nightly is held by node1")) << shown_.shown[0];
  EXPECT_TRUE(log_.lines.empty()) << log_.text();
}

TEST_F(HoldLockTest, FailsWithoutAServerIfItMustNotWait) {
  broker_.stop();
  options_.wait = Duration(0);
  EXPECT_EQ(run(), ExitStatus::kFailure);
  EXPECT_TRUE(said("cannot connect to memory"));
}

TEST_F(HoldLockTest, ReportsAnUnconfirmedRelease) {
  command_.started = [this] {
    poller_.after(seconds(1), [this] {
      broker_.stop();
      command_.finish(0);
    });
  };
  EXPECT_EQ(run(), ExitStatus::kOk);
  EXPECT_TRUE(said("no server has confirmed the release of nightly"));
}

TEST_F(HoldLockTest, AnotherNumberOfSlotsIsAUsageError) {
  held("nightly", 2);
  EXPECT_EQ(run(), ExitStatus::kUsage);
  EXPECT_TRUE(said("uses --slots 2, we use 1"));
}

}  // namespace
}  // namespace remaphore::test
