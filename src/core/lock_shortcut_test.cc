#include "core/lock_shortcut.h"

#include <gtest/gtest.h>

namespace remaphore {
namespace {

using Action = LockAction::Kind;
using State = LockEntry::State;
using How = LockShortcut::State;

const std::string kOwn(32, 'a'), kOther(32, 'b'), kThird(32, 'c');

FoundEntry found(const std::string& id, State state, std::uint64_t ticket, std::uint64_t sequence) {
  LockEntry entry;
  entry.state = state;
  entry.ticket = ticket;
  entry.was_held = state == State::kGone;
  return {id, {sequence, entry}};
}

// Ours is stored at 10.
class LockShortcutTest : public testing::Test {
 protected:
  void begin(const FoundEntry& newest, Duration age = std::chrono::hours(1)) {
    shortcut_.begin(kOwn);
    EXPECT_EQ(shortcut_.next_action(0)->kind, Action::kNewest);
    EXPECT_FALSE(shortcut_.next_action(0));
    shortcut_.newest(newest);
    if (!shortcut_.is_reading()) return;
    EXPECT_EQ(shortcut_.next_action(10)->kind, Action::kInfo);
    shortcut_.aged({1000, age});
  }
  // Ours is the newest.
  void read_earlier() {
    shortcut_.begin(kOwn);
    shortcut_.next_action(0);
    shortcut_.newest(own_);
    for (const std::uint64_t from : {9u, 7u, 5u, 3u, 1u, 1u}) EXPECT_EQ(asks(), from);
    EXPECT_EQ(shortcut_.next_action(0)->kind, Action::kInfo);
    EXPECT_FALSE(shortcut_.next_action(0));
  }
  std::uint64_t asks() {
    const auto action = shortcut_.next_action(10);
    return action && action->kind == Action::kNext ? action->from : 0;
  }
  const FoundEntry own_{kOwn, {10, std::nullopt}};
  LockShortcut shortcut_;
};

TEST_F(LockShortcutTest, AFreeLockIsKnownFromItsNewestEntryAndThoseAfterIt) {
  const FoundEntry newest = found(kOther, State::kGone, 3, 7);
  begin(newest);
  EXPECT_EQ(asks(), 4u);
  EXPECT_EQ(asks(), 8u);
  EXPECT_EQ(asks(), 0u);
  shortcut_.next(8, own_);  // in any order
  EXPECT_TRUE(shortcut_.is_reading());
  shortcut_.next(4, newest);
  EXPECT_EQ(shortcut_.state(), How::kIfUnchanged);
  ASSERT_EQ(shortcut_.found().size(), 1u);
  EXPECT_EQ(shortcut_.found()[0].id, kOther);
}

TEST_F(LockShortcutTest, ALockThatWasNeverTakenNeedsOneQuestion) {
  begin({});
  EXPECT_EQ(asks(), 1u);
  EXPECT_EQ(asks(), 0u);
  shortcut_.next(1, own_);
  EXPECT_EQ(shortcut_.state(), How::kIfUnchanged);
  EXPECT_TRUE(shortcut_.found().empty());
}

// Servers from 2.11 on do this.
TEST_F(LockShortcutTest, AServerThatStoresOursBeforeItAnswersIsAskedForThoseBefore) {
  const FoundEntry newest = found(kOther, State::kGone, 6, 9), older = found(kThird, State::kGone, 3, 5);
  read_earlier();
  shortcut_.next(9, newest);
  shortcut_.next(1, older);
  shortcut_.next(7, newest);
  shortcut_.next(3, older);
  shortcut_.next(5, older);
  EXPECT_EQ(shortcut_.state(), How::kReadingEarlier);
  shortcut_.next(1, older);
  EXPECT_EQ(shortcut_.state(), How::kReading) << "it may be young";
  shortcut_.aged({1000, std::chrono::hours(1)});
  EXPECT_EQ(shortcut_.state(), How::kIfUnchanged);
  ASSERT_EQ(shortcut_.found().size(), 1u);
  EXPECT_EQ(shortcut_.found()[0].id, kOther);
  EXPECT_EQ(shortcut_.ticket(), 10u);
}

TEST_F(LockShortcutTest, WhatTheAnswersDoNotTellIsAskedNext) {
  const FoundEntry newest = found(kOther, State::kGone, 3, 7), older = found(kThird, State::kGone, 2, 2);
  read_earlier();
  shortcut_.aged({1000, std::chrono::hours(1)});
  for (const std::uint64_t from : {3u, 5u, 7u}) shortcut_.next(from, newest);
  for (const std::uint64_t from : {1u, 1u}) shortcut_.next(from, older);
  shortcut_.next(9, own_);
  EXPECT_EQ(asks(), 8u) << "the one after the newest";
  EXPECT_EQ(asks(), 0u);
  shortcut_.next(8, own_);
  EXPECT_EQ(shortcut_.state(), How::kIfUnchanged);
}

TEST_F(LockShortcutTest, AnEntryBetweenThatOfAHolderAndOursIsRead) {
  const FoundEntry holder = found(kOther, State::kHeld, 3, 7), waits = found(kThird, State::kWait, 9, 9);
  read_earlier();
  shortcut_.aged({1000, std::chrono::hours(1)});
  for (const std::uint64_t from : {1u, 1u, 3u, 5u, 7u}) shortcut_.next(from, holder);
  shortcut_.next(9, waits);
  EXPECT_EQ(asks(), 8u);
  shortcut_.next(8, waits);
  for (const auto& [from, one] : {std::pair(8u, waits), {10u, own_}, {11u, FoundEntry{}}}) {
    EXPECT_EQ(asks(), from);
    shortcut_.next(from, one);
  }
  EXPECT_EQ(shortcut_.state(), How::kThrough);
  EXPECT_EQ(shortcut_.found().size(), 2u);
}

TEST_F(LockShortcutTest, WithoutAHolderBeforeOursAListIsNeeded) {
  read_earlier();
  for (const std::uint64_t from : {9u, 7u, 5u, 3u, 1u, 1u}) shortcut_.next(from, found(kThird, State::kWait, 9, 9));
  EXPECT_EQ(shortcut_.state(), How::kFailed);
  read_earlier();
  for (const std::uint64_t from : {9u, 7u, 5u, 3u, 1u, 1u}) shortcut_.next(from, {});
  EXPECT_EQ(shortcut_.state(), How::kFailed) << "ours is not found either";
}

TEST_F(LockShortcutTest, IfThereIsNoneBeforeOursTheLockWasNeverTaken) {
  read_earlier();
  shortcut_.aged({1000, std::chrono::hours(1)});
  for (const std::uint64_t from : {9u, 7u, 5u, 3u, 1u, 1u}) shortcut_.next(from, own_);
  EXPECT_EQ(shortcut_.state(), How::kIfUnchanged);
  EXPECT_TRUE(shortcut_.found().empty());
}

TEST_F(LockShortcutTest, FarFromTheBeginningNobodyCanTellThatALockWasNeverTaken) {
  const FoundEntry own{kOwn, {1000, std::nullopt}};
  shortcut_.begin(kOwn);
  shortcut_.next_action(0);
  shortcut_.newest(own);
  while (const std::uint64_t from = asks()) shortcut_.next(from, own);
  EXPECT_EQ(shortcut_.state(), How::kFailed);
}

TEST_F(LockShortcutTest, WhatMayHaveChangedIsReadAgainInOrderUpToTheEnd) {
  const FoundEntry newest = found(kOther, State::kHeld, 3, 7);
  begin(newest);
  asks(), asks();
  shortcut_.next(4, newest);
  shortcut_.next(8, own_);
  shortcut_.read_in_order();
  EXPECT_EQ(asks(), 8u);
  EXPECT_EQ(asks(), 0u);
  shortcut_.next(8, own_);
  EXPECT_EQ(asks(), 11u);
  shortcut_.next(11, found(kThird, State::kWait, 5, 12));  // it moved
  EXPECT_EQ(asks(), 13u);
  shortcut_.next(13, {});
  EXPECT_EQ(shortcut_.state(), How::kThrough);
  EXPECT_EQ(shortcut_.found().size(), 2u);
}

TEST_F(LockShortcutTest, OthersThanTheNewestAreReadInOrder) {
  const FoundEntry newest = found(kOther, State::kGone, 3, 7);
  begin(newest);
  asks(), asks();
  shortcut_.next(4, found(kThird, State::kWait, 5, 6));
  shortcut_.next(8, own_);
  for (const auto& [from, one] : {std::pair(7u, newest), {8u, own_}, {11u, FoundEntry{}}}) {
    EXPECT_EQ(asks(), from);
    shortcut_.next(from, one);
  }
  EXPECT_EQ(shortcut_.state(), How::kThrough);
  EXPECT_EQ(shortcut_.found().size(), 2u);
}

TEST_F(LockShortcutTest, CoHoldersOfThatHolderMustBeRead) {
  FoundEntry newest = found(kOther, State::kHeld, 3, 7);
  newest.stored.entry->ahead = {kThird};
  begin(newest);
  asks(), asks();
  shortcut_.next(4, newest);
  shortcut_.next(8, own_);
  EXPECT_EQ(shortcut_.list().ids, std::vector<std::string>{kThird});
  EXPECT_EQ(shortcut_.list().stream, 1000);
}

TEST_F(LockShortcutTest, ANewestEntryThatDoesNotCoverTheOthersNeedsAList) {
  FoundEntry left = found(kOther, State::kGone, 3, 7), restored = found(kOther, State::kHeld, 3, 7);
  left.stored.entry->was_held = false;
  restored.stored.entry->stream = 900;
  for (const FoundEntry& newest : {left, restored, found(kOther, State::kWait, 3, 7), found(kOther, State::kHeld, 0, 7),
                                   found(kOther, State::kHeld, 7, 7), FoundEntry{kOther, {7, std::nullopt}}}) {
    begin(newest);
    EXPECT_EQ(shortcut_.state(), How::kFailed);
    EXPECT_FALSE(shortcut_.next_action(10));
  }
}

TEST_F(LockShortcutTest, ARecreatedStreamIsNoticed) {
  const FoundEntry newest = found(kOther, State::kGone, 3, 7);
  const FoundEntry again = found(kOther, State::kGone, 3, 8);
  for (const auto& [first, second] :
       {std::pair(own_, own_), {FoundEntry{}, own_}, {newest, FoundEntry{}}, {again, own_}}) {
    begin(newest);
    asks(), asks();
    shortcut_.next(4, first);
    shortcut_.next(8, second);
    for (std::uint64_t from = asks(); from != 0; from = asks()) shortcut_.next(from, from <= 10 ? own_ : FoundEntry{});
    EXPECT_NE(shortcut_.state(), How::kIfUnchanged);
    if (first.id != newest.id || first.stored.sequence != 7) EXPECT_EQ(shortcut_.state(), How::kFailed);
  }
}

TEST_F(LockShortcutTest, AYoungStreamIsNotBelieved) {
  begin({}, std::chrono::seconds(2));
  EXPECT_EQ(shortcut_.state(), How::kFailed);
}

TEST_F(LockShortcutTest, ManyEntriesAreReadFromAList) {
  begin(found(kOther, State::kGone, 3, 200));
  asks(), asks();
  shortcut_.next(201, {});
  std::uint64_t from = 4;
  for (std::size_t i = 0; i <= LockShortcut::kMaxEntries; ++i, from = asks()) {
    ASSERT_TRUE(shortcut_.is_reading());
    shortcut_.next(from, found(std::string(31, 'd') + static_cast<char>('0' + i % 10), State::kGone, from, from));
  }
  EXPECT_EQ(shortcut_.state(), How::kFailed);
}

TEST_F(LockShortcutTest, ALostLinkRestartsItOrNeedsAList) {
  shortcut_.begin(kOwn);
  shortcut_.next_action(0);
  shortcut_.link_lost();
  EXPECT_EQ(shortcut_.next_action(0)->kind, Action::kNewest);
  shortcut_.newest({});
  shortcut_.next_action(10);
  shortcut_.link_lost();
  EXPECT_EQ(shortcut_.state(), How::kFailed);
}

}  // namespace
}  // namespace remaphore
