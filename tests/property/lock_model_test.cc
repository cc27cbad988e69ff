// Invariants of a lock: checked in every state of a small world, step by step, and in long random ones. More of the
// latter: REMAPHORE_LOCK_WORLDS=100000 build/release-tests/lock_model_tests
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <deque>
#include <random>
#include <string>
#include <unordered_set>
#include <vector>

#include "lock_world.h"

namespace remaphore::test {
namespace {

using Step = LockWorld::Step;
using Happened = LockWorld::Happened;

// The most of each.
void note(Happened& most, const Happened& one) {
  most.holds = std::max(most.holds, one.holds);
  most.evictions = std::max(most.evictions, one.evictions);
  most.losses = std::max(most.losses, one.losses);
  most.restored = std::max(most.restored, one.restored);
}

void expect_at_least(const Happened& wanted, const Happened& happened) {
  EXPECT_GE(happened.holds, wanted.holds);
  EXPECT_GE(happened.evictions, wanted.evictions);
  EXPECT_GE(happened.losses, wanted.losses);
  EXPECT_GE(happened.restored, wanted.restored);
}

// The worlds that can be reached, breadth first, so that a fault is found by the shortest way.
struct Exploration {
  std::size_t worlds = 0;
  std::size_t steps = 0;  // all worlds that so many lead to were reached
  Happened happened;      // the most in one of them
  std::string fault;      // the first, with the way to it
};

Exploration explore(const LockWorld& start, std::size_t most) {
  struct Reached {
    LockWorld world;
    std::string way;
  };
  Exploration result;
  std::unordered_set<std::uint64_t> known;
  std::deque<Reached> frontier{{start, ""}};
  for (std::size_t level = 0; !frontier.empty() && result.worlds < most; ++level) {
    std::deque<Reached> next;
    for (; !frontier.empty() && result.worlds < most; frontier.pop_front()) {
      for (const Step& step : frontier.front().world.steps()) {
        Reached reached = frontier.front();
        reached.world.take(step);
        if (!known.insert(reached.world.fingerprint()).second) continue;
        ++result.worlds;
        note(result.happened, reached.world.happened());
        reached.way += LockWorld::name(step) + "; ";
        if (!reached.world.faults().empty()) {
          result.fault = reached.way + reached.world.faults().front();
          return result;
        }
        next.push_back(std::move(reached));
      }
    }
    if (frontier.empty()) result.steps = level + 1;
    frontier = std::move(next);
  }
  return result;
}

constexpr std::size_t kMaxWorlds = 20'000;

void expect_safe(const LockWorld& start, const Happened& wanted, std::size_t most = kMaxWorlds) {
  if (std::getenv("REMAPHORE_LOCK_WORLDS")) most *= 15;
  const Exploration all = explore(start, most);
  EXPECT_EQ(all.fault, "");
  expect_at_least(wanted, all.happened);
  const Happened& most_of = all.happened;
  fmt::print("{} worlds, all of {} steps; holds {}, evictions {}, losses {}, restored {}\n", all.worlds, all.steps,
             most_of.holds, most_of.evictions, most_of.losses, most_of.restored);
}

void expect_safe(const LockRules& rules, std::size_t contenders, const Happened& wanted,
                 std::size_t most = kMaxWorlds) {
  expect_safe(LockWorld(rules, contenders), wanted, most);
}

// What may happen once the first holds and the others wait for it.
void expect_holder_safe(LockRules rules, std::size_t contenders, const Happened& wanted) {
  rules.laggards = 0;
  rules.prompt = true;
  LockWorld start(rules, contenders);
  start.arrive();
  expect_safe(start, wanted);
}

TEST(LockWorldTest, TwoContendersHoldOneAfterTheOther) { expect_safe({.withdrawals = 1}, 2, {.holds = 2}); }
TEST(LockWorldTest, ThreeContendersHoldOneAfterTheOther) { expect_safe({.laggards = 0}, 3, {.holds = 3}, 60'000); }
TEST(LockWorldTest, ThreeContendersShareTwoSlots) { expect_safe({.slots = 2, .laggards = 0}, 3, {.holds = 3}); }
TEST(LockWorldTest, StoringMayLagBehindDelivering) { expect_safe({.storing_lags = true}, 2, {.holds = 2}); }
TEST(LockWorldTest, ALinkMayBeCutAtAnyTime) { expect_safe({.seconds = 9, .cuts = 1, .laggards = 1}, 2, {.holds = 2}); }
TEST(LockWorldTest, AProcessMayBeStoppedAtAnyTime) {
  expect_safe({.seconds = 12, .stops = 2, .laggards = 0}, 2, {.holds = 2});
}
TEST(LockWorldTest, AProcessMayBeKilledAtAnyTime) {
  expect_safe({.seconds = 10, .crashes = 1, .laggards = 1}, 2, {.holds = 2});
}
TEST(LockWorldTest, AnEntryMayBeOverwrittenAtAnyTime) {
  expect_safe({.seconds = 10, .foreign = 2, .laggards = 1}, 2, {.holds = 2});
}
TEST(LockWorldTest, StorageMayBeLost) {
  expect_safe({.seconds = 10, .losses = 2, .laggards = 0, .order_is_kept = false}, 2, {.holds = 2});
}

TEST(LockWorldTest, AHoldersLinkMayBeCutAtAnyTime) {
  expect_holder_safe({.seconds = 20, .cuts = 2}, 2, {.holds = 2, .evictions = 1, .losses = 1});
}
TEST(LockWorldTest, AHolderOrAWaiterMayBeStoppedAtAnyTime) {
  expect_holder_safe({.seconds = 20, .stops = 2}, 2, {.holds = 2, .evictions = 1, .losses = 1});
}
TEST(LockWorldTest, AHolderAndAWaiterMayBeKilledAtAnyTime) {
  expect_holder_safe({.seconds = 20, .crashes = 2}, 3, {.holds = 2, .evictions = 2});
}
TEST(LockWorldTest, TheEntryOfAHolderThatIsKilledMayBeOverwritten) {
  expect_holder_safe({.seconds = 20, .crashes = 1, .foreign = 2}, 2, {.holds = 2, .evictions = 1});
}
TEST(LockWorldTest, AHoldersStorageMayBeLost) {
  expect_holder_safe({.seconds = 20, .crashes = 1, .losses = 3, .order_is_kept = false}, 3,
                     {.holds = 2, .evictions = 1, .restored = 4});
}
TEST(LockWorldTest, TwoHoldForTwoThirdsOfALeaseAtMostAfterEntriesHaveExpired) {
  expect_holder_safe({.seconds = 20, .crashes = 1, .expiries = 2, .order_is_kept = false}, 3,
                     {.holds = 3, .evictions = 1, .losses = 1, .restored = 2});
}
TEST(LockWorldTest, OneOfTwoHoldersMayBeStoppedAtAnyTime) {
  expect_holder_safe({.slots = 2, .seconds = 20, .stops = 1}, 3, {.holds = 3, .evictions = 1, .losses = 1});
}

TEST(LockWorldTest, AServerMayAnswerInAnyOrder) {
  expect_safe({.laggards = 0, .reorders = true}, 3, {.holds = 2}, 60'000);
}
TEST(LockWorldTest, AServerMayAnswerInAnyOrderWithTwoSlots) {
  expect_safe({.slots = 2, .laggards = 0, .reorders = true}, 3, {.holds = 2}, 60'000);
}

TEST(LockWorldTest, AnAnswerMayWaitForWhatWasSentBeforeIt) {
  expect_safe({.withdrawals = 1, .answers_queue = true}, 2, {.holds = 2});
}

// The checker can fail.
TEST(LockWorldTest, DetectsAServerThatIgnoresCompareAndSet) {
  LockRules rules{.laggards = 0, .reorders = true};
  rules.stores_always = true;
  const std::string fault = explore(LockWorld(rules, 3), 200'000).fault;
  EXPECT_TRUE(fault.ends_with("2 hold at once")) << fault;
}

TEST(LockWorldTest, DetectsAServerThatHidesEntries) {
  LockRules rules{.laggards = 0};
  rules.hides_entries = true;
  const std::string fault = explore(LockWorld(rules, 2), kMaxWorlds).fault;
  EXPECT_TRUE(fault.ends_with("2 hold at once")) << fault;
}

TEST(LockWorldTest, DetectsAWatcherWhoseClockRunsFourTimesTooFast) {
  LockRules rules{.seconds = 4, .cuts = 1, .laggards = 0};
  rules.clock_rate = 4;
  const std::string fault = explore(LockWorld(rules, 2), 60'000).fault;
  EXPECT_TRUE(fault.ends_with("2 hold at once")) << fault;
}

// Runs on without further faults: every contender must get what it came for.
std::string calm(LockWorld& world) {
  constexpr int kTimeout = 20'000;
  world.calm_down();
  for (int i = 0; i < kTimeout && !world.is_over(); ++i) {
    const std::vector<Step> possible = world.steps();
    if (possible.empty()) return "nothing can happen any more";
    world.take(possible[possible.size() == 1 ? 0 : static_cast<std::size_t>(i) % (possible.size() - 1)]);  // time: last
    if (!world.faults().empty()) return world.faults().front();
  }
  return world.is_over() ? "" : "somebody waits for ever: " + world.describe();
}

// A long random life of several contenders that come again and again.
std::string live(std::uint64_t seed, LockRules rules, std::size_t contenders, unsigned steps) {
  std::mt19937_64 random(seed);
  LockWorld world(rules, contenders);
  std::string way;
  for (unsigned i = 0; i < steps; ++i) {
    std::vector<Step> possible = world.steps();
    // Faults and time are rarer than what the machines themselves do. Where nodes lag they do so for long, and commands
    // run for long.
    const auto common = std::stable_partition(possible.begin(), possible.end(), [&rules](const Step& step) {
      if (step.kind == Step::Kind::kDeliver || step.kind == Step::Kind::kFinish) return !rules.laggards;
      return step.kind < Step::Kind::kDeliver || step.kind == Step::Kind::kConnect;
    });
    const auto usual = static_cast<std::size_t>(common - possible.begin());
    const bool rare = usual == 0 || random() % 12 == 0;
    const std::size_t from = rare ? usual : 0, to = rare ? possible.size() : usual;
    if (from == to) continue;
    const bool time = rules.laggards && rare && possible.back().kind == Step::Kind::kTime && random() % 4 != 0;
    const Step step = time ? possible.back() : possible[from + random() % (to - from)];
    way += LockWorld::name(step) + "; ";
    world.take(step);
    if (!world.faults().empty()) return fmt::format("seed {}: {}{}", seed, way, world.faults().front());
  }
  const std::string end = calm(world);
  return end.empty() ? "" : fmt::format("seed {}: {}in the end {}", seed, way, end);
}

std::uint64_t lives() {
  const char* const wanted = std::getenv("REMAPHORE_LOCK_WORLDS");
  return wanted ? std::strtoull(wanted, nullptr, 10) : 30;
}

TEST(LockWorldTest, LongLivesWithFaultsOfAllKindsAreSafe) {
  for (std::uint64_t seed = 1; seed <= lives(); ++seed) {
    LockRules rules{.slots = static_cast<std::uint32_t>(1 + seed % 3), .seconds = 1000, .cuts = 10, .stops = 5};
    rules.foreign = rules.withdrawals = 6;
    rules.crashes = 1;
    rules.returns = true;
    rules.storing_lags = seed % 2 == 0;
    rules.reorders = seed % 5 < 2;
    rules.answers_queue = seed % 4 < 2;
    if (seed % 3 == 0) rules.laggards = 30;
    ASSERT_EQ(live(seed, rules, 2 + seed % 4, 1500), "");
  }
}

TEST(LockWorldTest, LongLivesWithLostStorageAreSafe) {
  for (std::uint64_t seed = 1; seed <= lives(); ++seed) {
    LockRules rules{.slots = static_cast<std::uint32_t>(1 + seed % 2), .seconds = 1000, .losses = 1, .laggards = 0};
    rules.order_is_kept = false;
    rules.returns = true;
    rules.reorders = seed % 2 == 0;
    rules.answers_queue = seed % 3 == 0;
    ASSERT_EQ(live(seed, rules, 2 + seed % 3, 1500), "");
  }
}

TEST(LockWorldTest, LongLivesWithExpiredEntriesEndAllButTheSlots) {
  for (std::uint64_t seed = 1; seed <= lives(); ++seed) {
    LockRules rules{.slots = static_cast<std::uint32_t>(1 + seed % 2), .seconds = 1000, .expiries = 3, .laggards = 0};
    rules.order_is_kept = false;
    rules.returns = true;
    rules.prompt = seed % 2 == 0;
    rules.reorders = seed % 3 == 0;
    ASSERT_EQ(live(seed, rules, 2 + seed % 3, 1500), "");
  }
}

}  // namespace
}  // namespace remaphore::test
