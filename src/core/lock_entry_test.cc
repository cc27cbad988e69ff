#include "core/lock_entry.h"

#include <gtest/gtest.h>

#include "core/lock_key.h"

namespace remaphore {
namespace {

using State = LockEntry::State;

const std::string kId(32, 'a');

LockEntry held() {
  LockEntry entry;
  entry.state = State::kHeld;
  entry.after = 40;
  entry.beat = 7;
  entry.slots = 3;
  entry.lease = std::chrono::seconds(6);
  entry.ticket = 41;
  entry.stream = 1'764'000'000'000'001;
  entry.fence = 99;
  entry.ahead = {kId, std::string(32, 'b')};
  entry.who = "com.example.left";
  entry.host = "left";
  entry.pid = 4711;
  entry.since = 1'764'000'000'000'002;
  return entry;
}

bool reads(const std::string& members) { return parse_lock_entry("{" + members + "}").has_value(); }

const std::string kWaiting = R"("v":1,"state":"wait","beat":1,"slots":1,"lease_ms":30000)";

TEST(LockEntryTest, IsReadAsItWasWritten) {
  EXPECT_EQ(parse_lock_entry(format_lock_entry(held())), held());
  LockEntry gone = held();
  gone.state = State::kGone;
  gone.was_held = gone.broken = true;
  gone.by = kId;
  EXPECT_EQ(parse_lock_entry(format_lock_entry(gone)), gone);
  LockEntry first;
  first.before = 3;
  EXPECT_EQ(parse_lock_entry(format_lock_entry(first)), first);
}

TEST(LockEntryTest, FieldsOfLaterVersionsAreSkipped) {
  EXPECT_TRUE(reads(kWaiting));
  EXPECT_TRUE(reads(kWaiting + R"(,"colour":"red","deep":{"v":2})"));
}

TEST(LockEntryTest, NothingIsAnEntryThatLacksAFieldOrExceedsALimit) {
  for (const std::string& text : {
           std::string(R"("state":"wait","beat":1,"slots":1,"lease_ms":30000)"),
           std::string(R"("v":2,"state":"wait","beat":1,"slots":1,"lease_ms":30000)"),
           std::string(R"("v":1,"beat":1,"slots":1,"lease_ms":30000)"),
           std::string(R"("v":1,"state":"free","beat":1,"slots":1,"lease_ms":30000)"),
           std::string(R"("v":1,"state":"wait","beat":0,"slots":1,"lease_ms":30000)"),
           std::string(R"("v":1,"state":"wait","beat":-1,"slots":1,"lease_ms":30000)"),
           std::string(R"("v":1,"state":"wait","beat":1,"slots":0,"lease_ms":30000)"),
           std::string(R"("v":1,"state":"wait","beat":1,"slots":65,"lease_ms":30000)"),
           std::string(R"("v":1,"state":"wait","beat":1,"slots":1,"lease_ms":1999)"),
           std::string(R"("v":1,"state":"wait","beat":1,"slots":1,"lease_ms":300001)"),
           std::string(R"("v":1,"state":"wait","beat":1,"slots":1)"),
           kWaiting + R"(,"ticket":"1")",
           kWaiting + R"(,"stream":5)",
           kWaiting + R"(,"took":1)",
           kWaiting + R"(,"ahead":"x")",
           kWaiting + R"(,"ahead":[1])",
           kWaiting + R"(,"ahead":["x"])",
           kWaiting + R"(,"ahead":[")" + kId + R"("])",  // as many as there are slots
           kWaiting + R"(,"by":"me")",
           kWaiting + R"(,"fence":9223372036854775807)",
           kWaiting + R"(,"who":")" + std::string(129, 'x') + '"',
           kWaiting + R"(,"host":")" + std::string(65, 'x') + '"',
           std::string(R"("v":1,"state":"held","beat":1,"slots":1,"lease_ms":30000,"ticket":4)"),
       }) {
    EXPECT_FALSE(reads(text)) << text;
  }
  EXPECT_FALSE(parse_lock_entry("[]"));
  EXPECT_FALSE(parse_lock_entry(""));
}

TEST(LockEntryTest, TheLargestFitsIntoTheStream) {
  LockEntry entry = held();
  entry.slots = kMaxSlots;
  entry.ahead.assign(kMaxSlots - 1, kId);
  entry.who.assign(2000, '\x01');  // escaped when written: six bytes each
  entry.host.assign(64, '\x01');
  entry.after = entry.beat = entry.ticket = (std::uint64_t{1} << 63) - 1;
  constexpr std::size_t kStreamTakes = 4096, kHeader = 88 + 44 + 2 + 17 + 24 + 69 + 1 + 7;
  EXPECT_LE(format_lock_entry(entry).size() + kHeader, kStreamTakes);
}

TEST(LockEntryTest, TooLongTextsAreCutAtACharacter) {
  LockEntry entry;
  entry.who = std::string(127, 'x') + "é";
  const auto read = parse_lock_entry(format_lock_entry(entry));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->who, std::string(127, 'x'));
}

TEST(LockPlaceTest, OrderIsByTicketThenById) {
  EXPECT_TRUE(comes_before({5, 1}, "b", {5, 2}, "a", 5));
  EXPECT_FALSE(comes_before({5, 2}, "a", {5, 1}, "b", 5));
  EXPECT_TRUE(comes_before({5, 1}, "a", {5, 1}, "b", 5));
  EXPECT_FALSE(comes_before({5, 1}, "a", {5, 1}, "a", 5));
}

TEST(LockPlaceTest, TicketsOfAnEarlierStreamComeFirstWhateverItsTime) {
  EXPECT_TRUE(comes_before({4, 900}, "a", {5, 1}, "b", 5));
  EXPECT_TRUE(comes_before({6, 900}, "a", {5, 1}, "b", 5));  // the clock went back before the stream was made anew
  EXPECT_FALSE(comes_before({5, 1}, "b", {6, 900}, "a", 5));
}

TEST(LockPlaceTest, TheFirstWriteIsItsOwnTicket) {
  LockEntry entry;
  EXPECT_EQ(place_of(entry, 17, 5), (LockPlace{5, 17}));
  entry.ticket = 12;
  EXPECT_EQ(place_of(entry, 17, 5), (LockPlace{5, 12}));
  entry.stream = 4;
  EXPECT_EQ(place_of(entry, 17, 5), (LockPlace{4, 12}));
}

TEST(FenceTest, RisesWithTheTicketAndWithEveryNewStream) {
  constexpr std::int64_t kCreated = 1'764'000'000'000'000;
  EXPECT_LT(fence_of({kCreated, 1}, 0), fence_of({kCreated, 2}, 0));
  EXPECT_LT(fence_of({kCreated, 1'000'000'000}, 0), fence_of({kCreated + 1'000'000, 1}, 0));
  EXPECT_LT(fence_of({kCreated, (std::uint64_t{1} << 31) - 1}, 0), fence_of({kCreated, std::uint64_t{1} << 31}, 0));
}

TEST(FenceTest, GoesBeyondTheHighestSeenWhenTheStreamIsOlderThanThat) {
  constexpr std::int64_t kCreated = 1'764'000'000'000'000;
  const std::uint64_t before = fence_of({kCreated, 70}, 0);
  EXPECT_EQ(fence_of({kCreated - 3'600'000'000, 1}, before), before + 1);
}

TEST(FenceTest, StaysBelowTwoToThe63) {
  const std::uint64_t last = fence_of({INT64_MAX, UINT64_MAX}, 0);
  EXPECT_LT(last, std::uint64_t{1} << 63);
  EXPECT_LT(fence_of({1, 1}, LockEntry::kMaxFence - 1), std::uint64_t{1} << 63);
  EXPECT_EQ(fence_of({1, 1}, LockEntry::kMaxFence), 0u);
}

TEST(FenceTest, NeverExceedsWhatAnEntryCanHold) {
  LockEntry entry;
  entry.state = LockEntry::State::kHeld;
  entry.ticket = 1;
  entry.fence = fence_of({1, 1}, LockEntry::kMaxFence - 1);
  EXPECT_TRUE(parse_lock_entry(format_lock_entry(entry)));
  EXPECT_EQ(fence_of({1, 1}, LockEntry::kMaxFence), 0u);
}

}  // namespace
}  // namespace remaphore
