#include "app/turns.h"

#include <gtest/gtest.h>

#include "support/fake_clock.h"

namespace remaphore {
namespace {

using std::chrono::seconds;

class TurnsTest : public testing::Test {
 protected:
  // With work that is done once `done_` is.
  Ended take(Deadline deadline) {
    return take_turns(
        clock_, poller_, [this] { return ++turns_, done_; }, never, deadline);
  }
  Duration passed() const { return clock_.monotonic() - start_; }

  test::FakeClock clock_;
  test::FakePoller poller_{clock_};
  const MonotonicTime start_ = clock_.monotonic();
  bool done_ = false;
  int turns_ = 0;
};

TEST_F(TurnsTest, TakesATurnBeforeItWaitsAndAfterEachWait) {
  poller_.after(seconds(1), [] {});
  poller_.after(seconds(2), [this] { done_ = true; });
  EXPECT_EQ(take(std::nullopt), Ended::kDone);
  EXPECT_EQ(turns_, 3);
  EXPECT_EQ(passed(), seconds(2));
}

TEST_F(TurnsTest, DoesNotWaitForWorkThatIsDone) {
  done_ = true;
  EXPECT_EQ(take(std::nullopt), Ended::kDone);
  EXPECT_EQ(poller_.waits(), 0u);
}

TEST_F(TurnsTest, EndsAtAStopSignal) {
  poller_.after(seconds(1), [this] { poller_.stop(15); });
  EXPECT_EQ(take(std::nullopt), Ended::kStopped);
  EXPECT_EQ(passed(), seconds(1));
}

TEST_F(TurnsTest, EndsAtTheDeadline) {
  EXPECT_EQ(take(start_ + seconds(3)), Ended::kTimeout);
  EXPECT_EQ(passed(), seconds(3));
}

TEST_F(TurnsTest, CountsWorkThatIsDoneAtTheSignalAndTheDeadline) {
  poller_.after(seconds(3), [this] {
    poller_.stop(15);
    done_ = true;
  });
  EXPECT_EQ(take(start_ + seconds(3)), Ended::kDone);
}

TEST_F(TurnsTest, PutsASignalBeforeTheDeadline) {
  poller_.stop(2);
  EXPECT_EQ(take(start_), Ended::kStopped);
}

TEST_F(TurnsTest, TakesATurnWhenItIsWokenThoughNothingHappens) {
  const auto turn = [this] { return ++turns_ == 3; };
  const auto wake = [this] { return clock_.monotonic() + seconds(1); };
  EXPECT_EQ(take_turns(clock_, poller_, turn, wake, Deadline()), Ended::kDone);
  EXPECT_EQ(passed(), seconds(2));
}

TEST_F(TurnsTest, FollowsADeadlineThatChanges) {
  Deadline deadline = start_ + seconds(2);
  poller_.after(seconds(1), [&] { deadline = start_ + seconds(5); });
  const auto turn = [this] { return done_; };
  EXPECT_EQ(take_turns(clock_, poller_, turn, never, [&] { return deadline; }), Ended::kTimeout);
  EXPECT_EQ(passed(), seconds(5));
}

}  // namespace
}  // namespace remaphore
