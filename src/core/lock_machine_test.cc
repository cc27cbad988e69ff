#include "core/lock_machine.h"

#include <gtest/gtest.h>

#include <vector>

#include "core/lock_key.h"

namespace remaphore {
namespace {

using Action = LockAction::Kind;
using Phase = LockMachine::Phase;
using State = LockEntry::State;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::int64_t kCreated = 1'764'000'000'000'000;
const std::string kOwn(32, 'a'), kOther(32, 'b');

// One machine; what it asks for is answered by hand.
class LockMachineTest : public testing::Test {
 protected:
  static LockTerms terms(Duration lease, std::uint32_t slots = 1) {
    LockTerms terms;
    terms.lease = lease;
    terms.slots = slots;
    return terms;
  }
  LockMoment now() const { return {MonotonicTime(seconds(100)) + passed_, BootTime(seconds(900)) + passed_, 0}; }

  std::vector<LockAction> actions() {
    machine_.tick(now());
    std::vector<LockAction> all;
    while (auto action = machine_.next_action(now())) all.push_back(*action);
    return all;
  }
  LockAction only_action() {
    const auto all = actions();
    EXPECT_EQ(all.size(), 1u);
    return all.empty() ? LockAction{} : all.front();
  }
  void stored(std::uint64_t sequence) { machine_.written(kOwn, {WriteOutcome::Kind::kStored, sequence, {}}, now()); }
  void listed(std::vector<std::string> ids, Duration age = std::chrono::hours(1)) {
    machine_.listed({kCreated, age, std::move(ids)}, now());
  }
  LockEvent event() {
    return machine_.next_event().value_or(LockEvent{.kind = LockEvent::Kind::kOver, .text = "none"});
  }
  static StoredEntry entry_of(State state, std::uint64_t ticket, std::uint64_t sequence) {
    LockEntry entry;
    entry.state = state;
    entry.ticket = ticket;
    entry.fence = state == State::kHeld ? 5 : 0;
    return {sequence, entry, "com.example.other"};
  }

  void queue() {
    machine_.link_opened(now());
    machine_.queue(kOwn, now());
    actions();
    stored(10);
  }
  void hold() {
    queue();
    listed({kOwn});
    actions();
    stored(11);
    EXPECT_EQ(event().kind, LockEvent::Kind::kHeld);
  }

  LockMachine machine_{terms(seconds(30))};
  Duration passed_{};
};

TEST_F(LockMachineTest, AsksForTheListTogetherWithItsTicket) {
  machine_.link_opened(now());
  machine_.queue(kOwn, now());
  const auto first = actions();
  ASSERT_EQ(first.size(), 2u);
  EXPECT_EQ(first[0].kind, Action::kWrite);
  EXPECT_EQ(first[0].expected, 0u);
  EXPECT_EQ(first[1].kind, Action::kList);
}

TEST_F(LockMachineTest, AListWithoutOurEntryIsAskedForAgain) {
  machine_.link_opened(now());
  machine_.queue(kOwn, now());
  actions();
  listed({});  // it was made before our entry was stored
  stored(10);
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

TEST_F(LockMachineTest, WaitsBehindALowerTicketAndWatchesIt) {
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
  EXPECT_TRUE(eviction.entry.took);
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

TEST_F(LockMachineTest, WhoIsOutOfTouchEndsItsCommandAtTwoThirdsOfTheLease) {
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

TEST_F(LockMachineTest, WhoIsBrokenEndsItsCommandAtOnceAndSaysByWhom) {
  hold();
  LockEntry gone;
  gone.state = State::kGone;
  gone.broken = true;
  gone.by = kOther;
  machine_.hinted(kOwn, gone, now());
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
  passed_ = seconds(10);
  only_action();
  machine_.written(kOwn, {WriteOutcome::Kind::kRefused, 0, {}}, now());
  EXPECT_EQ(only_action().kind, Action::kRead);
  machine_.read(kOwn, {}, now());
  const LockAction again = only_action();
  EXPECT_EQ(again.expected, 0u);
  EXPECT_EQ(again.entry.ticket, 10u);
  EXPECT_EQ(again.entry.stream, kCreated);
  EXPECT_EQ(again.entry.state, State::kHeld);
}

TEST_F(LockMachineTest, AWaiterThatWasStoppedForTooLongQueuesAnew) {
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
  EXPECT_EQ(actions().front().kind, Action::kQueueAnew);
}

TEST_F(LockMachineTest, AWaiterThatIsEvictedAlthoughItIsAliveSaysSo) {
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
  EXPECT_EQ(over.end, LockEvent::End::kDisowned);
  EXPECT_EQ(over.text, "com.example.other has evicted us");
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
  EXPECT_EQ(over.end, LockEvent::End::kBarred);
  EXPECT_EQ(over.text, "no stream");
}

TEST_F(LockMachineTest, AReleaseThatNobodyConfirmsEndsAllTheSame) {
  hold();
  machine_.link_lost();
  machine_.release(now());
  passed_ = LockMachine::kReleaseTime;
  machine_.tick(now());
  EXPECT_EQ(event().end, LockEvent::End::kUncertain);
}

}  // namespace
}  // namespace remaphore
