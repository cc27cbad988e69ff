#include "core/lock_queue.h"

#include <gtest/gtest.h>

namespace remaphore {
namespace {

using Action = LockAction::Kind;
using State = LockEntry::State;
using std::chrono::seconds;

constexpr std::int64_t kCreated = 1'764'000'000'000'000, kMinute = 60'000'000;
const std::string kOwn(32, 'a'), kOther(32, 'b');

// We come an hour after the stream was made, with one slot and ticket 10; the other one holds and has a lease of 30 s.
class LockQueueTest : public testing::Test {
 protected:
  LockQueueTest() { queue_.begin({}, kOwn, {kCreated, 10}, {kCreated, std::chrono::hours(1), {kOther}}); }

  LockMoment now() const { return {MonotonicTime(seconds(100)) + passed_, BootTime(seconds(900)) + passed_, 0}; }
  static StoredEntry other(std::uint32_t slots, std::uint64_t beat, std::int64_t minutes_ago) {
    LockEntry entry;
    entry.state = State::kHeld;
    entry.ticket = 3;
    entry.fence = 5;
    entry.slots = slots;
    entry.beat = beat;
    return {beat, entry, "com.example.other", kCreated + 60 * kMinute - minutes_ago * kMinute};
  }
  void read(const StoredEntry& stored) {
    const auto action = queue_.next_action(now());
    ASSERT_TRUE(action && action->kind == Action::kRead);
    queue_.read(kOther, stored, now());
    queue_.watch();
  }

  LockQueue queue_;
  Duration passed_{};
};

TEST_F(LockQueueTest, AnotherNumberOfSlotsIsAConflict) {
  read(other(2, 7, 0));
  ASSERT_TRUE(queue_.conflict());
  EXPECT_EQ(queue_.conflict()->signer, "com.example.other");
}

TEST_F(LockQueueTest, AnEntryThatWasSilentForLongIsNoConflictAndIsEvicted) {
  read(other(2, 7, 1));
  EXPECT_FALSE(queue_.conflict());
  EXPECT_TRUE(queue_.may_conflict());
  read(other(2, 7, 1));  // watched now
  passed_ = seconds(36);
  queue_.tick(now());
  read(other(2, 7, 1));
  EXPECT_FALSE(queue_.conflict());
  const auto eviction = queue_.next_action(now());
  ASSERT_TRUE(eviction && eviction->kind == Action::kWrite);
  EXPECT_EQ(eviction->entry.state, State::kGone);
  queue_.written(kOther, {WriteOutcome::Kind::kStored, 20}, now());
  EXPECT_FALSE(queue_.may_conflict());
  EXPECT_EQ(queue_.size(), 0u);
}

TEST_F(LockQueueTest, AnEntryThatWasSilentButIsAliveIsAConflict) {
  read(other(2, 7, 1));
  read(other(2, 7, 1));
  queue_.delivered(kOther, other(2, 8, 0).entry, now());
  read(other(2, 8, 0));
  EXPECT_TRUE(queue_.conflict());
}

TEST_F(LockQueueTest, AClockThatStepsBackMakesNobodyOld) {
  read(other(2, 7, -300));
  EXPECT_TRUE(queue_.conflict());
}

TEST_F(LockQueueTest, AHintWithAnotherPlaceIsLookedUp) {
  StoredEntry waiter = other(1, 1, 0);
  waiter.entry->state = State::kWait;
  waiter.entry->ticket = 0;
  read(waiter);
  read(waiter);
  queue_.delivered(kOther, waiter.entry, now());  // its first write comes again: the first one had been overwritten
  read([&] {
    StoredEntry later = waiter;
    later.sequence = 20;
    return later;
  }());
  EXPECT_EQ(queue_.size(), 0u) << "it is behind us now";
}

TEST_F(LockQueueTest, ARefreshThatArrivesWhileWeLookAgainPreventsAnEviction) {
  read(other(1, 7, 0));
  read(other(1, 7, 0));   // watched now
  passed_ = seconds(36);  // in which the link lagged
  queue_.tick(now());
  const auto looking = queue_.next_action(now());
  ASSERT_TRUE(looking && looking->kind == Action::kRead);
  queue_.delivered(kOther, other(1, 8, 0).entry, now());
  queue_.delivered(kOther, other(1, 9, 0).entry, now());
  queue_.read(kOther, other(1, 9, 0), now());
  EXPECT_FALSE(queue_.next_action(now()));
  EXPECT_EQ(queue_.wake(), now().monotonic + seconds(36));
}

TEST_F(LockQueueTest, ARefreshThatArrivesBeforeAnEvictionPreventsIt) {
  read(other(1, 7, 0));
  read(other(1, 7, 0));
  passed_ = seconds(36);
  queue_.tick(now());
  ASSERT_TRUE(queue_.next_action(now()));
  queue_.read(kOther, other(1, 7, 0), now());
  queue_.delivered(kOther, other(1, 8, 0).entry, now());
  EXPECT_FALSE(queue_.next_action(now()));
}

// All may have lost their links at the same time: each gets the time to come back.
TEST_F(LockQueueTest, AfterAReconnectItsTimeStartsAgain) {
  read(other(1, 7, 0));
  read(other(1, 7, 0));
  queue_.link_lost();
  passed_ = seconds(40);
  queue_.link_opened(now());
  read(other(1, 7, 0));
  queue_.tick(now());
  EXPECT_FALSE(queue_.next_action(now()));
  passed_ += seconds(36);
  queue_.tick(now());
  EXPECT_TRUE(queue_.next_action(now()));
}

}  // namespace
}  // namespace remaphore
