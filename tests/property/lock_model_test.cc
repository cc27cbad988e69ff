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

// Every world that can be reached in `depth` steps, breadth first, so that a fault is found by the shortest way.
struct Exploration {
  std::size_t worlds = 0;
  std::uint64_t held = 0;  // the most holds in one of them
  std::string fault;       // the first, with the way to it
};

Exploration explore(const LockRules& rules, std::size_t contenders, std::size_t depth, std::size_t most) {
  struct Reached {
    LockWorld world;
    std::string way;
  };
  Exploration result;
  std::unordered_set<std::uint64_t> known;
  std::deque<Reached> frontier{{LockWorld(rules, contenders), ""}};
  for (std::size_t level = 0; level < depth && !frontier.empty() && result.worlds < most; ++level) {
    std::deque<Reached> next;
    for (; !frontier.empty() && result.worlds < most; frontier.pop_front()) {
      for (const Step& step : frontier.front().world.steps()) {
        Reached reached = frontier.front();
        reached.world.take(step);
        if (!known.insert(reached.world.fingerprint()).second) continue;
        ++result.worlds;
        result.held = std::max(result.held, reached.world.held());
        reached.way += LockWorld::name(step) + "; ";
        if (!reached.world.faults().empty()) {
          result.fault = reached.way + reached.world.faults().front();
          return result;
        }
        next.push_back(std::move(reached));
      }
    }
    frontier = std::move(next);
  }
  return result;
}

constexpr std::size_t kMostWorlds = 20'000;

void expect_safe(const LockRules& rules, std::size_t contenders, std::uint64_t holds, std::size_t most = kMostWorlds) {
  if (std::getenv("REMAPHORE_LOCK_WORLDS")) most *= 15;
  const Exploration all = explore(rules, contenders, 1000, most);
  EXPECT_EQ(all.fault, "");
  EXPECT_GE(all.held, holds) << all.worlds << " worlds";
  if (std::getenv("REMAPHORE_LOCK_WORLDS")) fmt::print("{} worlds, {} holds\n", all.worlds, all.held);
}

TEST(LockWorldTest, TwoContendersHoldOneAfterTheOther) { expect_safe({.withdrawals = 1}, 2, 2); }
TEST(LockWorldTest, ThreeContendersHoldOneAfterTheOther) { expect_safe({.laggards = 0}, 3, 3, 60'000); }
TEST(LockWorldTest, ThreeContendersShareTwoSlots) { expect_safe({.slots = 2, .laggards = 0}, 3, 3); }
TEST(LockWorldTest, StoringMayLagBehindDelivering) { expect_safe({.storing_lags = true}, 2, 2); }
TEST(LockWorldTest, ALinkMayBeCutAtAnyTime) { expect_safe({.seconds = 9, .cuts = 1, .laggards = 1}, 2, 2); }
TEST(LockWorldTest, AProcessMayBeStoppedAtAnyTime) { expect_safe({.seconds = 12, .stops = 2, .laggards = 0}, 2, 2); }
TEST(LockWorldTest, AProcessMayBeKilledAtAnyTime) { expect_safe({.seconds = 10, .crashes = 1, .laggards = 1}, 2, 2); }
TEST(LockWorldTest, AnEntryMayBeOverwrittenAtAnyTime) {
  expect_safe({.seconds = 10, .foreign = 2, .laggards = 1}, 2, 2);
}
TEST(LockWorldTest, StorageMayBeLost) {
  expect_safe({.seconds = 10, .losses = 2, .laggards = 0, .order_is_kept = false}, 2, 2);
}

TEST(LockWorldTest, AServerMayAnswerInAnyOrder) { expect_safe({.laggards = 0, .reorders = true}, 3, 2, 60'000); }
TEST(LockWorldTest, AServerMayAnswerInAnyOrderWithTwoSlots) {
  expect_safe({.slots = 2, .laggards = 0, .reorders = true}, 3, 2, 60'000);
}

TEST(LockWorldTest, AnAnswerMayWaitForWhatWasSentBeforeIt) {
  expect_safe({.withdrawals = 1, .answers_queue = true}, 2, 2);
}

// The checker can fail.
TEST(LockWorldTest, AServerThatStoresWhateverWasStoredMeanwhileIsFound) {
  LockRules rules{.laggards = 0, .reorders = true};
  rules.stores_always = true;
  const std::string fault = explore(rules, 3, 1000, 200'000).fault;
  EXPECT_TRUE(fault.ends_with("2 hold at once")) << fault;
}

TEST(LockWorldTest, AServerThatHidesEntriesIsFound) {
  LockRules rules{.laggards = 0};
  rules.hides_entries = true;
  const std::string fault = explore(rules, 2, 1000, kMostWorlds).fault;
  EXPECT_TRUE(fault.ends_with("2 hold at once")) << fault;
}

TEST(LockWorldTest, AnObserverWhoseClockRunsFourTimesAsFastIsFound) {
  LockRules rules{.seconds = 4, .cuts = 1, .laggards = 0};
  rules.clock_rate = 4;
  const std::string fault = explore(rules, 2, 1000, 60'000).fault;
  EXPECT_TRUE(fault.ends_with("2 hold at once")) << fault;
}

// Without further faults, every contender gets what it came for.
std::string calm(LockWorld& world) {
  constexpr int kPatience = 20'000;
  world.calm_down();
  for (int i = 0; i < kPatience && !world.is_over(); ++i) {
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

}  // namespace
}  // namespace remaphore::test
