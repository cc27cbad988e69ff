#include "core/lock_machine.h"

#include <gtest/gtest.h>

#include <vector>

#include "core/lock_machine_fixture.h"

namespace remaphore::test {
namespace {

using Action = LockAction::Kind;
using Phase = LockMachine::Phase;
using State = LockEntry::State;
using std::chrono::milliseconds;

TEST_F(LockMachineTest, AsksForTheNewestEntryTogetherWithItsTicket) {
  machine_.link_opened(now());
  machine_.queue(kOwn, now());
  const auto first = actions();
  ASSERT_EQ(first.size(), 2u);
  EXPECT_EQ(first[0].kind, Action::kNewest);
  EXPECT_EQ(first[1].kind, Action::kWrite);
  EXPECT_EQ(first[1].expected, 0u);
}

TEST_F(LockMachineTest, TakesAFreeLockIfNothingWasStoredMeanwhile) {
  machine_.link_opened(now());
  machine_.queue(kOwn, now());
  actions();
  machine_.newest({}, now());
  stored(10);
  EXPECT_EQ(actions().size(), 2u);
  machine_.aged({kCreated, std::chrono::hours(1)}, now());
  machine_.next(1, {kOwn, {10, std::nullopt}}, now());
  const LockAction taking = only_action();
  EXPECT_EQ(taking.entry.state, State::kHeld);
  EXPECT_EQ(taking.last, 10u);
  machine_.written(kOwn, {WriteOutcome::Kind::kRefused, 0, {}}, now());
  EXPECT_EQ(only_action().kind, Action::kRead);
  machine_.read(kOwn, {10, machine_.own().stored()}, now());
  EXPECT_EQ(machine_.phase(), Phase::kListing);
  const LockAction next = only_action();
  EXPECT_EQ(next.kind, Action::kNext);
  EXPECT_EQ(next.from, 11u);
  machine_.next(11, {}, now());
  EXPECT_EQ(only_action().last, std::nullopt);
  stored(12);
  EXPECT_EQ(event().kind, LockEvent::Kind::kHeld);
}

TEST_F(LockMachineTest, AListWithoutOurEntryIsAskedForAgain) {
  queue();
  listed({});
  EXPECT_EQ(only_action().kind, Action::kRead);
  machine_.read(kOwn, {10, machine_.own().stored()}, now());
  passed_ = milliseconds(200);
  EXPECT_EQ(only_action().kind, Action::kList);
}

TEST_F(LockMachineTest, HoldsOnceItsEntrySaysSo) {
  queue();
  listed({kOwn});
  const LockAction taking = only_action();
  EXPECT_EQ(taking.kind, Action::kWrite);
  EXPECT_EQ(taking.expected, 10u);
  EXPECT_EQ(taking.entry.state, State::kHeld);
  EXPECT_EQ(taking.entry.ticket, 10u);
  EXPECT_EQ(machine_.phase(), Phase::kTaking);
  stored(11);
  const LockEvent held = event();
  EXPECT_EQ(held.kind, LockEvent::Kind::kHeld);
  EXPECT_EQ(held.fence, fence_of({kCreated, 10}, 0));
}

TEST_F(LockMachineTest, WaitsForALowerTicketAndWatchesIt) {
  queue();
  listed({kOther, kOwn});
  EXPECT_EQ(only_action().id, kOther);
  machine_.read(kOther, entry_of(State::kHeld, 7, 9), now());
  EXPECT_EQ(machine_.phase(), Phase::kWaiting);
  EXPECT_EQ(machine_.watched(), std::set<std::string>{kOther});
  EXPECT_EQ(event().ahead, 1u);
}

TEST_F(LockMachineTest, AHigherTicketDoesNotMatter) {
  queue();
  listed({kOther, kOwn});
  actions();
  machine_.read(kOther, entry_of(State::kWait, 11, 11), now());
  EXPECT_EQ(machine_.phase(), Phase::kTaking);
}

TEST_F(LockMachineTest, AnEntryThatDoesNotVerifyIsNoRelease) {
  queue();
  listed({kOther, kOwn});
  actions();
  machine_.read(kOther, {9, std::nullopt, {}}, now());
  EXPECT_EQ(machine_.phase(), Phase::kWaiting);
}

TEST_F(LockMachineTest, AFirstWriteThatMayBeStoredLaterIsTriedAgain) {
  machine_.link_opened(now());
  machine_.queue(kOwn, now());
  actions();
  machine_.written(kOwn, {WriteOutcome::Kind::kRejected, 0, "no leader", true}, now());
  EXPECT_TRUE(actions().empty());
  passed_ = milliseconds(200);
  EXPECT_EQ(only_action().kind, Action::kWrite);
  machine_.written(kOwn, {WriteOutcome::Kind::kRejected, 0, "no stream", false}, now());
  const LockEvent over = event();
  EXPECT_EQ(over.end, LockEvent::End::kUnavailable);
  EXPECT_EQ(over.text, "no stream");
}

TEST_F(LockMachineTest, AFenceWithAnOldTicketExceedsThoseOfTheNewStream) {
  constexpr std::int64_t kAnew = kCreated + 100'000'000;  // its own fencing numbers are higher
  queue();
  listed({kOther, kOwn});
  actions();
  machine_.read(kOther, entry_of(State::kHeld, 7, 9), now());
  machine_.link_lost();
  machine_.link_opened(now());  // to a server that has lost everything
  actions();
  machine_.written(kOwn, {WriteOutcome::Kind::kRefused, 0, {}}, now());
  actions();
  machine_.read(kOwn, {}, now());
  const auto again = actions();
  EXPECT_EQ(again.front().entry.ticket, 10u);
  EXPECT_EQ(again.back().kind, Action::kList);
  stored(3);
  machine_.listed({kAnew, std::chrono::hours(1), {kOwn}}, now());
  EXPECT_EQ(only_action().kind, Action::kList);  // others that had vanished may be back by now
  machine_.listed({kAnew, std::chrono::hours(1), {kOwn}}, now());
  EXPECT_GE(only_action().entry.fence, fence_of({kAnew, 3}, 0));
}

TEST_F(LockMachineTest, AWaiterKeepsTheHighestFenceInItsEntry) {
  queue();
  listed({kOther, kOwn});
  actions();
  machine_.read(kOther, entry_of(State::kHeld, 7, 9), now());
  actions();
  machine_.read(kOther, entry_of(State::kHeld, 7, 9), now());
  passed_ = std::chrono::seconds(10);
  const LockAction refresh = only_action();
  EXPECT_EQ(refresh.id, kOwn);
  EXPECT_EQ(refresh.entry.state, State::kWait);
  EXPECT_EQ(refresh.entry.fence, 5u);
}

}  // namespace
}  // namespace remaphore::test
