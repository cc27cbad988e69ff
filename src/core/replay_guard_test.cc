#include "core/replay_guard.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <random>

namespace remaphore {
namespace {

using Verdict = ReplayGuard::Verdict;

Digest key(int number) { return keys::sha256(std::to_string(number)); }
WallTime at(std::int64_t time) { return WallTime(Duration(time)); }
std::string peer(std::size_t number) { return "peer " + std::to_string(number); }

TEST(ReplayGuardTest, KnowsWhatItHasSeen) {
  ReplayGuard guard(1);
  EXPECT_EQ(guard.look_up(key(1), at(10)), Verdict::kNew);
  EXPECT_EQ(guard.remember(key(1), at(10), peer(0)), Verdict::kNew);
  EXPECT_EQ(guard.look_up(key(1), at(10)), Verdict::kSeen);
  EXPECT_EQ(guard.remember(key(1), at(10), peer(0)), Verdict::kSeen);
  EXPECT_EQ(guard.look_up(key(2), at(10)), Verdict::kNew);
  EXPECT_EQ(guard.size(), 1u);
}

TEST(ReplayGuardTest, LooksWithoutRemembering) {
  ReplayGuard guard(1);
  EXPECT_EQ(guard.look_up(key(1), at(10)), Verdict::kNew);
  EXPECT_EQ(guard.look_up(key(1), at(10)), Verdict::kNew);
  EXPECT_EQ(guard.size(), 0u);
}

TEST(ReplayGuardTest, RemembersManyThousands) {
  ReplayGuard guard(3);
  for (int i = 0; i < 20000; ++i) {
    ASSERT_EQ(guard.remember(key(i), at(i), peer(static_cast<std::size_t>(i) % 3)), Verdict::kNew);
  }
  EXPECT_EQ(guard.size(), 20000u);
  for (int i = 0; i < 20000; ++i) ASSERT_EQ(guard.look_up(key(i), at(i)), Verdict::kSeen) << i;
  for (int i = 20000; i < 21000; ++i) ASSERT_EQ(guard.look_up(key(i), at(i)), Verdict::kNew) << i;
}

TEST(ReplayGuardTest, TellsKeysApartThatShareTheirFirstBytes) {
  ReplayGuard guard(1);
  Digest one = key(1), other = one;
  other.bytes[31] ^= 1;
  ASSERT_EQ(guard.remember(one, at(10), peer(0)), Verdict::kNew);
  EXPECT_EQ(guard.look_up(other, at(10)), Verdict::kNew);
  EXPECT_EQ(guard.remember(other, at(10), peer(0)), Verdict::kNew);
  EXPECT_EQ(guard.look_up(one, at(10)), Verdict::kSeen);
}

// Fills the table until it sweeps: expired entries are then forgotten.
void make_it_sweep(ReplayGuard& guard, std::int64_t expires) {
  for (int i = 0; i < 64; ++i) guard.remember(key(100000 + i), at(expires), peer(0));
}

TEST(ReplayGuardTest, ForgetsWhatNothingThatWaitsCanRepeat) {
  ReplayGuard guard(1);
  for (int i = 0; i < 10; ++i) guard.remember(key(i), at(100 + i), peer(0));
  guard.advance(at(105));
  make_it_sweep(guard, 1000);
  EXPECT_EQ(guard.size(), 5u + 64u);
  EXPECT_EQ(guard.forgotten().spans().back().to, at(104));
  EXPECT_EQ(guard.look_up(key(5), at(105)), Verdict::kSeen);  // expires at 105, and what arrived at 105 may still come
}

TEST(ReplayGuardTest, StaysSmallHoweverManyPassThrough) {
  ReplayGuard guard(1);
  for (int i = 0; i < 100000; ++i) {
    guard.advance(at(i));
    ASSERT_EQ(guard.remember(key(i), at(i + 100), peer(0)), Verdict::kNew);
    ASSERT_LE(guard.size(), 1000u) << i;
  }
}

TEST(ReplayGuardTest, LetsNothingPassInsideAForgottenSpan) {
  ReplayGuard guard(1);
  guard.remember(key(1), at(100), peer(0));
  guard.advance(at(101));
  make_it_sweep(guard, 1000);
  EXPECT_EQ(guard.look_up(key(1), at(100)), Verdict::kForgotten);
  EXPECT_EQ(guard.look_up(key(2), at(100)), Verdict::kForgotten);  // nobody knows whether it was seen
  EXPECT_EQ(guard.remember(key(2), at(99), peer(0)), Verdict::kForgotten);
  EXPECT_EQ(guard.look_up(key(2), at(101)), Verdict::kNew);
}

TEST(ReplayGuardTest, IsNotReopenedByAClockThatIsSteppedBack) {
  ReplayGuard guard(1);
  guard.remember(key(1), at(100), peer(0));
  guard.advance(at(200));
  make_it_sweep(guard, 1000);
  guard.advance(at(50));  // a step back: what was forgotten stays forgotten
  EXPECT_EQ(guard.remember(key(1), at(100), peer(0)), Verdict::kForgotten);
  make_it_sweep(guard, 2000);
  EXPECT_EQ(guard.forgotten().spans().back().to, at(100));
}

TEST(ReplayGuardTest, IsNotShutByAClockThatWasAhead) {
  constexpr std::int64_t kDay = 86'400'000'000'000;
  ReplayGuard guard(1);
  guard.remember(key(1), at(100), peer(0));
  guard.remember(key(2), at(400 * kDay), peer(0));
  guard.advance(at(401 * kDay));
  make_it_sweep(guard, 500 * kDay);
  EXPECT_EQ(guard.forgotten().spans().back().to, at(400 * kDay));
  guard.advance(at(kDay));
  EXPECT_EQ(guard.remember(key(3), at(2 * kDay), peer(0)), Verdict::kNew);
  EXPECT_EQ(guard.remember(key(1), at(100), peer(0)), Verdict::kForgotten);
  EXPECT_EQ(guard.remember(key(2), at(400 * kDay), peer(0)), Verdict::kForgotten);
}

TEST(ReplayGuardTest, KeepsEntriesAWhileLongerWhileThereAreFew) {
  ReplayGuard guard(1, {.total = 64 * 100, .per_peer = 1000, .linger = Duration(50)});
  guard.remember(key(1), at(100), peer(0));
  guard.advance(at(149));
  make_it_sweep(guard, 1000);
  EXPECT_EQ(guard.look_up(key(1), at(100)), Verdict::kSeen);
  EXPECT_EQ(guard.look_up(key(2), at(100)), Verdict::kNew);
  for (int i = 0; i < 200; ++i) guard.remember(key(i + 10), at(1000), peer(0));
  EXPECT_EQ(guard.look_up(key(1), at(100)), Verdict::kForgotten);
}

TEST(ReplayGuardTest, KeepsNoEntryOfATimeThatIsFarAhead) {
  ReplayGuard guard(1, {.total = 100, .per_peer = 10, .horizon = Duration(1000)});
  for (int i = 0; i < 10; ++i) guard.remember(key(i), at(90'000 + i), peer(0));
  guard.advance(at(10));  // the clock is right again
  EXPECT_EQ(guard.remember(key(10), at(500), peer(0)), Verdict::kNew) << "they have used up no share";
  EXPECT_EQ(guard.remember(key(3), at(90'003), peer(0)), Verdict::kForgotten);
}

TEST(ReplayGuardTest, KeepsABacklogsEntriesHoweverLateItIs) {
  ReplayGuard guard(1);
  guard.remember(key(1), at(100), peer(0));
  guard.advance(at(100));  // the oldest that waits arrived just inside the window of key 1
  make_it_sweep(guard, 1000);
  EXPECT_EQ(guard.remember(key(1), at(100), peer(0)), Verdict::kSeen);
}

TEST(ReplayGuardTest, BoundsThePeersShareAndLetsOthersGoOn) {
  ReplayGuard guard(2, {.total = 100, .per_peer = 10});
  for (int i = 0; i < 10; ++i) ASSERT_EQ(guard.remember(key(i), at(100), peer(0)), Verdict::kNew);
  EXPECT_EQ(guard.remember(key(10), at(100), peer(0)), Verdict::kFull);
  EXPECT_EQ(guard.look_up(key(10), at(100)), Verdict::kNew);  // not remembered
  EXPECT_EQ(guard.remember(key(10), at(100), peer(1)), Verdict::kNew);
  EXPECT_EQ(guard.remember(key(3), at(100), peer(0)), Verdict::kSeen);  // a repeat is a repeat, full or not
}

TEST(ReplayGuardTest, MakesRoomInAShareOnceSomethingExpired) {
  ReplayGuard guard(1, {.total = 100, .per_peer = 10});
  for (int i = 0; i < 10; ++i) guard.remember(key(i), at(100 + i), peer(0));
  EXPECT_EQ(guard.remember(key(10), at(200), peer(0)), Verdict::kFull);
  guard.advance(at(103));
  EXPECT_EQ(guard.remember(key(10), at(200), peer(0)), Verdict::kNew);
  EXPECT_EQ(guard.remember(key(11), at(200), peer(0)), Verdict::kNew);
  EXPECT_EQ(guard.remember(key(12), at(200), peer(0)), Verdict::kNew);
  EXPECT_EQ(guard.remember(key(13), at(200), peer(0)), Verdict::kFull);
}

TEST(ReplayGuardTest, MakesRoomInTheTotalOnceSomethingExpired) {
  ReplayGuard guard(4, {.total = 4, .per_peer = 4});
  for (int i = 0; i < 4; ++i)
    EXPECT_EQ(guard.remember(key(i), at(100), peer(static_cast<std::size_t>(i))), Verdict::kNew);
  EXPECT_EQ(guard.remember(key(4), at(200), peer(0)), Verdict::kFull);
  guard.advance(at(101));
  EXPECT_EQ(guard.remember(key(4), at(200), peer(0)), Verdict::kNew);
}

TEST(ReplayGuardTest, SpreadsTheCostOfALargeSweepOverSeveralMessages) {
  constexpr int kMany = 640;
  ReplayGuard guard(1, {.total = kMany, .per_peer = kMany});
  for (int i = 0; i < kMany; ++i) EXPECT_EQ(guard.remember(key(i), at(1000 + i), peer(0)), Verdict::kNew);
  guard.advance(at(1002));  // two have expired
  int refused = 0;
  while (guard.remember(key(kMany), at(9000), peer(0)) == Verdict::kFull && refused < kMany) ++refused;
  EXPECT_LE(refused, kMany / 64) << "and no longer";
}

TEST(ReplayGuardTest, BoundsTheTotal) {
  ReplayGuard guard(100, {.total = 20, .per_peer = 5});
  for (int i = 0; i < 20; ++i) {
    ASSERT_EQ(guard.remember(key(i), at(100), peer(static_cast<std::size_t>(i))), Verdict::kNew);
  }
  EXPECT_EQ(guard.remember(key(20), at(100), peer(20)), Verdict::kFull);
  EXPECT_EQ(guard.size(), 20u);
}

TEST(ReplayGuardTest, TakesTheExtremesOfTime) {
  ReplayGuard guard(1);
  EXPECT_EQ(guard.remember(key(1), WallTime::max(), peer(0)), Verdict::kNew);
  EXPECT_EQ(guard.look_up(key(2), WallTime::min()), Verdict::kForgotten);  // forgotten from the start
  guard.advance(WallTime::max());
  make_it_sweep(guard, 1000);
  EXPECT_EQ(guard.look_up(key(1), WallTime::max()), Verdict::kSeen);
}

// A sender can try uuids until the keys of its messages are alike.
TEST(ReplayGuardTest, IsNotSlowedDownByKeysThatWereChosenForIt) {
  const auto fastest_of_three = [](std::uint8_t mask) {
    auto fastest = std::chrono::steady_clock::duration::max();
    for (int run = 0; run < 3; ++run) {
      std::vector<Digest> keys;
      for (int i = 0; i < 12000; ++i) keys.push_back(key(i)), keys.back().bytes[1] &= mask;
      ReplayGuard guard(1);
      const auto start = std::chrono::steady_clock::now();
      for (const Digest& one : keys) guard.remember(one, at(10), peer(0));
      fastest = std::min(fastest, std::chrono::steady_clock::now() - start);
      EXPECT_EQ(guard.size(), keys.size());
    }
    return fastest;
  };
  EXPECT_LT(fastest_of_three(0x01), 20 * fastest_of_three(0xff));
}

// Compared with a plain map, with random times, sweeps and peers: no accepted message is ever accepted again.
TEST(ReplayGuardTest, NeverAcceptsAnythingTwice) {
  ReplayGuard guard(4, {.total = 300, .per_peer = 100});
  std::mt19937 random(4);
  std::map<int, std::int64_t> accepted;
  std::int64_t now = 1000;
  for (int i = 0; i < 30000; ++i) {
    now += static_cast<std::int64_t>(random() % 5) - 1;
    guard.advance(at(now));
    const bool repeat = !accepted.empty() && random() % 2 == 0;
    int number = i;
    std::int64_t expires = now + static_cast<std::int64_t>(random() % 300);
    if (repeat) {
      auto one = accepted.lower_bound(static_cast<int>(random() % static_cast<unsigned>(i)));
      if (one == accepted.end()) one = accepted.begin();
      number = one->first;
      expires = one->second;
    }
    const Verdict verdict = guard.remember(key(number), at(expires), peer(random() % 4));
    if (repeat) {
      ASSERT_TRUE(verdict == Verdict::kSeen || verdict == Verdict::kForgotten) << i;
    } else if (verdict == Verdict::kNew) {
      accepted[number] = expires;
    }
    ASSERT_LE(guard.size(), 300u);
  }
  EXPECT_GT(accepted.size(), 1000u);
}

}  // namespace
}  // namespace remaphore
