#include "core/lock_text.h"

#include <gtest/gtest.h>

namespace remaphore {
namespace {

LockEntry entry(LockEntry::State state, const std::string& who) {
  LockEntry entry;
  entry.state = state;
  entry.slots = 2;
  entry.who = who;
  entry.host = "web1";
  entry.pid = 42;
  entry.fence = state == LockEntry::State::kHeld ? 7 : 0;
  entry.since = 1'700'000'000'999'999;
  return entry;
}
const LockEntry kHolder = entry(LockEntry::State::kHeld, "com.left"), kOther = kHolder,
                kWaiter = entry(LockEntry::State::kWait, "com.right");

TEST(LockTextTest, NamesTheHolderItsTimeAndHowManyAreAhead) {
  EXPECT_EQ(format_lock_wait("nightly", kHolder, 3),
            "nightly is held by com.left (web1, pid 42) since 2023-11-14T22:13:20Z, 3 ahead");
  EXPECT_EQ(format_lock_wait("nightly", std::nullopt, 1), "nightly is not free, 1 ahead");
}

TEST(LockTextTest, EscapesWhatOthersSayOfThemselves) {
  EXPECT_EQ(format_lock_owner(entry(LockEntry::State::kHeld, "a\x1b[2J")), "a\\x1b[2J (web1, pid 42)");
}

TEST(LockTextTest, TablesHoldersAndWaitersInOrder) {
  using std::chrono::milliseconds;
  EXPECT_EQ(format_lock_table({{"nightly", 5, "com.left", &kHolder, milliseconds(4999)},
                               {"nightly", 16, "com.left", &kOther, milliseconds(-5)},
                               {"nightly", 17, "com.right", &kWaiter, milliseconds(61000)},
                               {"other", 1, "com.right", &kWaiter, milliseconds(0)}}),
            "LOCK/TICKET  SLOT     HOLDER     HOST  PID  SINCE                 SEEN      FENCE\n"
            "nightly/5    1 of 2   com.left   web1  42   2023-11-14T22:13:20Z  4s ago    7\n"
            "nightly/16   2 of 2   com.left   web1  42   2023-11-14T22:13:20Z  0s ago    7\n"
            "nightly/17   waits 1  com.right  web1  42   2023-11-14T22:13:20Z  1m1s ago  -\n"
            "other/1      waits 1  com.right  web1  42   2023-11-14T22:13:20Z  0s ago    -\n");
}

}  // namespace
}  // namespace remaphore
