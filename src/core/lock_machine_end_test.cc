#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "core/lock_machine.h"
#include "core/lock_machine_fixture.h"

namespace remaphore::test {
namespace {

using Action = LockAction::Kind;
using State = LockEntry::State;
using std::chrono::milliseconds;
using std::chrono::seconds;

TEST_F(LockMachineTest, EvictsAfterOneFifthMoreThanALeaseWithoutASign) {
  queue();
  listed({kOther, kOwn});
  actions();
  machine_.read(kOther, entry_of(State::kHeld, 7, 9), now());
  actions();
  machine_.read(kOther, entry_of(State::kHeld, 7, 9), now());
  const auto keep_alive = [this](std::uint64_t sequence) {
    for (const LockAction& action : actions()) {
      if (action.id == kOwn && action.kind == Action::kWrite) stored(sequence);
    }
  };
  for (int i = 1; i <= 3; ++i) {
    passed_ = seconds(10 * i);
    keep_alive(static_cast<std::uint64_t>(20 + i));
  }
  passed_ = seconds(36) - milliseconds(1);
  EXPECT_TRUE(actions().empty());
  passed_ = seconds(36);
  EXPECT_EQ(only_action().kind, Action::kRead);  // it looks once more
  machine_.read(kOther, entry_of(State::kHeld, 7, 9), now());
  const LockAction eviction = only_action();
  EXPECT_EQ(eviction.kind, Action::kWrite);
  EXPECT_EQ(eviction.expected, 9u);
  EXPECT_EQ(eviction.entry.state, State::kGone);
  EXPECT_EQ(eviction.entry.by, kOwn);
  EXPECT_TRUE(eviction.entry.was_held);
}

TEST_F(LockMachineTest, RefreshesEveryThirdOfTheLease) {
  hold();
  passed_ = seconds(10) - milliseconds(1);
  EXPECT_TRUE(actions().empty());
  passed_ = seconds(10);
  const LockAction refresh = only_action();
  EXPECT_EQ(refresh.expected, 11u);
  EXPECT_EQ(refresh.entry.state, State::kHeld);
}

TEST_F(LockMachineTest, TheDeadlineIsCountedFromTheSendingOfWhatWasAcknowledged) {
  hold();
  const BootTime sent = now().boot;
  EXPECT_EQ(machine_.deadline(), sent + seconds(30));
  ASSERT_TRUE(machine_.deadlines());
  EXPECT_EQ(machine_.deadlines()->term_at, sent + seconds(20));
  EXPECT_EQ(machine_.deadlines()->kill_at, sent + seconds(28));
  passed_ = seconds(10);
  only_action();
  passed_ = seconds(15);  // the answer takes five
  stored(12);
  EXPECT_EQ(machine_.deadline(), sent + seconds(40));
}

TEST_F(LockMachineTest, AShortLeaseLeavesTheCommandHalfOfWhatIsLeft) {
  machine_ = LockMachine(terms(seconds(3)));
  hold();
  EXPECT_EQ(machine_.deadlines()->term_at, now().boot + seconds(2));
  EXPECT_EQ(machine_.deadlines()->kill_at, now().boot + milliseconds(2500));
}

TEST_F(LockMachineTest, BetweenTermAndKillIsHalfASecondAtLeast) {
  for (const int lease : {6, 7, 9, 12, 30}) {
    machine_ = LockMachine(terms(seconds(lease)));
    hold();
    EXPECT_EQ(machine_.deadlines()->kill_at, now().boot + seconds(lease - 2));
    EXPECT_EQ(machine_.deadlines()->term_at,
              now().boot + std::min(Duration(seconds(lease)) * 2 / 3, seconds(lease) - Duration(milliseconds(2500))));
  }
}

TEST_F(LockMachineTest, AHolderOutOfTouchEndsItsCommandAtTwoThirdsOfTheLease) {
  hold();
  machine_.link_lost();
  passed_ = seconds(20);
  machine_.tick(now());
  const LockEvent end = event();
  EXPECT_EQ(end.kind, LockEvent::Kind::kEndCommand);
  EXPECT_EQ(end.out_of_touch, seconds(20));
  EXPECT_EQ(end.kill_by, now().boot + seconds(8));
  EXPECT_EQ(end.text, "no refresh was acknowledged for 20s");
}

TEST_F(LockMachineTest, ABrokenHolderEndsItsCommandAtOnceAndNamesTheBreaker) {
  hold();
  LockEntry gone;
  gone.state = State::kGone;
  gone.broken = true;
  gone.by = kOther;
  machine_.delivered(kOwn, gone, now());
  EXPECT_EQ(only_action().kind, Action::kRead);
  machine_.read(kOwn, {12, gone, "com.example.admin"}, now());
  const LockEvent end = event();
  EXPECT_EQ(end.kind, LockEvent::Kind::kEndCommand);
  EXPECT_EQ(end.kill_by, now().boot);
  EXPECT_EQ(end.end, LockEvent::End::kBroken);
  EXPECT_EQ(end.text, "com.example.admin broke it");
}

TEST_F(LockMachineTest, AHolderWhoseEntryIsGoneWritesItAgainWithItsTicket) {
  hold();
  have_refresh_refused();
  machine_.read(kOwn, {}, now());
  const LockAction again = only_action();
  EXPECT_EQ(again.expected, 0u);
  EXPECT_EQ(again.entry.ticket, 10u);
  EXPECT_EQ(again.entry.stream, kCreated);
  EXPECT_EQ(again.entry.state, State::kHeld);
}

TEST_F(LockMachineTest, AHolderThatAStrangerEvictedEndsItsCommandIfAnotherHasTakenTheLock) {
  hold();
  have_refresh_refused();
  machine_.read(kOwn, {20, std::nullopt, {}}, now());  // what the other takes for an eviction
  EXPECT_EQ(only_action().kind, Action::kWrite);
  stored(22);
  EXPECT_EQ(only_action().kind, Action::kList);
  listed({kOther, kOwn});
  EXPECT_EQ(only_action().kind, Action::kRead);
  machine_.read(kOther, entry_of(State::kHeld, 12, 21), now());
  const LockEvent end = event();
  EXPECT_EQ(end.kind, LockEvent::Kind::kEndCommand);
  EXPECT_EQ(end.text, "its entry was lost, and com.example.other holds it now");
}

TEST_F(LockMachineTest, AReleaseThatAnotherPeerSignedInOurNameIsAnEviction) {
  hold();
  have_refresh_refused();
  StoredEntry forged = entry_of(State::kGone, 10, 12);
  forged.entry->beat = 3;
  machine_.read(kOwn, forged, now());
  const LockEvent end = event();
  EXPECT_EQ(end.kind, LockEvent::Kind::kEndCommand);
  EXPECT_EQ(end.text, "com.example.other has evicted us");
}

TEST_F(LockMachineTest, AHintThatLooksLikeOurReleaseIsLookedUp) {
  hold();
  LockEntry gone = *machine_.own().stored();
  gone.state = State::kGone;
  machine_.delivered(kOwn, gone, now());
  EXPECT_EQ(only_action().kind, Action::kRead);
}

TEST_F(LockMachineTest, AWaiterThatWasStoppedForTooLongQueuesAgain) {
  queue();
  listed({kOther, kOwn});
  actions();
  machine_.read(kOther, entry_of(State::kHeld, 7, 9), now());
  actions();
  passed_ = seconds(60);
  machine_.tick(now());
  EXPECT_EQ(actions().front().id, kOwn);  // it reads before it writes
  LockEntry gone;
  gone.state = State::kGone;
  gone.by = kOther;
  machine_.read(kOwn, {30, gone, "x"}, now());
  EXPECT_EQ(actions().front().kind, Action::kRequeue);
}

TEST_F(LockMachineTest, AWaiterThatIsEvictedAliveReportsIt) {
  queue();
  machine_.listed({kCreated, std::chrono::hours(1), {kOther, kOwn}}, now());
  actions();
  machine_.read(kOther, entry_of(State::kHeld, 7, 9), now());
  passed_ = seconds(10);
  for (const LockAction& action : actions()) {
    if (action.id == kOwn) machine_.written(kOwn, {WriteOutcome::Kind::kRefused, 0, {}}, now());
  }
  actions();
  LockEntry gone;
  gone.state = State::kGone;
  gone.by = kOther;
  machine_.read(kOwn, {30, gone, "com.example.other"}, now());
  event();
  const LockEvent over = event();
  EXPECT_EQ(over.end, LockEvent::End::kEvictedAlive);
  EXPECT_EQ(over.text, "com.example.other has evicted us");
}

TEST_F(LockMachineTest, AnUnconfirmedReleaseEndsAllTheSame) {
  hold();
  machine_.link_lost();
  machine_.release(now());
  passed_ = LockMachine::kReleaseTime;
  machine_.tick(now());
  EXPECT_EQ(event().end, LockEvent::End::kUncertain);
}

}  // namespace
}  // namespace remaphore::test
