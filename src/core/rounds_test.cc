#include "core/rounds.h"

#include <gtest/gtest.h>

#include <string_view>

namespace remaphore {
namespace {

using std::chrono::seconds;
using Step = Rounds::Step;

constexpr MonotonicTime kStart{seconds(1'000)};

RoundRules rules(std::string_view batch, std::size_t max_failed = 0) {
  return {.batch = *Portion::parse_list(batch),
          .pause = seconds(30),
          .node_timeout = seconds(60),
          .max_failed = max_failed};
}

std::vector<std::size_t> sizes(std::size_t nodes, std::string_view batch) {
  const Rounds rounds(nodes, rules(batch));
  std::vector<std::size_t> sizes(rounds.count());
  for (std::size_t node = 0; node < nodes; ++node) ++sizes[rounds.round_of(node)];
  return sizes;
}

using Sizes = std::vector<std::size_t>;

TEST(RoundsTest, AreOneOfAllByDefault) {
  const Rounds rounds(20);
  EXPECT_EQ(rounds.count(), 1u);
  EXPECT_EQ(rounds.first(), 0u);
  EXPECT_EQ(rounds.end(), 20u);
  EXPECT_EQ(rounds.deadline(), std::nullopt);
}

TEST(RoundsTest, TheLastCountRepeats) {
  EXPECT_EQ(sizes(7, "3"), (Sizes{3, 3, 1}));
  EXPECT_EQ(sizes(20, "1,10%,50%"), (Sizes{1, 2, 10, 7}));
  EXPECT_EQ(sizes(5, "1"), (Sizes{1, 1, 1, 1, 1}));
  EXPECT_EQ(sizes(5, "all"), (Sizes{5}));
}

TEST(RoundsTest, PercentagesAreOfAllRoundedUp) {
  EXPECT_EQ(sizes(21, "10%"), (Sizes{3, 3, 3, 3, 3, 3, 3}));
  EXPECT_EQ(sizes(3, "1%"), (Sizes{1, 1, 1}));
}

TEST(RoundsTest, ACountBeyondThoseThatAreLeftTakesThemAll) { EXPECT_EQ(sizes(5, "2,100"), (Sizes{2, 3})); }

TEST(RoundsTest, TheNextBeginsAPauseAfterAllHaveAnswered) {
  Rounds rounds(4, rules("2"));
  rounds.sent(kStart);
  EXPECT_EQ(rounds.step(1, 1, kStart), Step::kWait);
  EXPECT_EQ(rounds.step(0, 0, kStart + seconds(5)), Step::kOver);
  EXPECT_EQ(rounds.step(0, 0, kStart + seconds(5)), Step::kWait);
  EXPECT_EQ(rounds.deadline(), kStart + seconds(35));
  EXPECT_EQ(rounds.step(0, 0, kStart + seconds(35)), Step::kBegin);
  EXPECT_EQ(rounds.number(), 1u);
  EXPECT_EQ(rounds.first(), 2u);
  EXPECT_EQ(rounds.end(), 4u);
  EXPECT_EQ(rounds.step(2, 0, kStart + seconds(35)), Step::kWait);
}

TEST(RoundsTest, TheTimeOfARoundRunsFromItsLastMessageOn) {
  Rounds rounds(4, rules("2", 4));
  EXPECT_EQ(rounds.step(2, 2, kStart + seconds(600)), Step::kWait);  // no server yet
  rounds.sent(kStart + seconds(600));
  rounds.sent(kStart + seconds(610));
  EXPECT_EQ(rounds.deadline(), kStart + seconds(660));
  EXPECT_EQ(rounds.step(2, 2, kStart + seconds(659)), Step::kWait);
  EXPECT_EQ(rounds.step(2, 2, kStart + seconds(660)), Step::kOver);
  EXPECT_EQ(rounds.step(2, 2, kStart + seconds(690)), Step::kBegin);
  EXPECT_EQ(rounds.deadline(), std::nullopt);
}

TEST(RoundsTest, GoOnWhileAtMostSoManyHaveFailed) {
  Rounds rounds(3, {.batch = *Portion::parse_list("1"), .max_failed = 1});
  EXPECT_EQ(rounds.step(0, 1, kStart), Step::kOver);
  EXPECT_EQ(rounds.step(0, 1, kStart), Step::kBegin);
  EXPECT_EQ(rounds.step(0, 2, kStart), Step::kOver);
  EXPECT_EQ(rounds.step(0, 2, kStart), Step::kStop);
}

TEST(RoundsTest, AFailureInThePauseStopsToo) {
  Rounds rounds(3, rules("1"));
  rounds.sent(kStart);
  EXPECT_EQ(rounds.step(0, 0, kStart), Step::kOver);
  EXPECT_EQ(rounds.step(0, 0, kStart + seconds(1)), Step::kWait);
  EXPECT_EQ(rounds.step(0, 1, kStart + seconds(2)), Step::kStop);
}

TEST(RoundsTest, TheLastOneStopsNothing) {
  Rounds rounds(2, {.batch = *Portion::parse_list("1")});
  EXPECT_EQ(rounds.step(0, 0, kStart), Step::kOver);
  EXPECT_EQ(rounds.step(0, 0, kStart), Step::kBegin);
  EXPECT_EQ(rounds.step(0, 1, kStart), Step::kOver);
  EXPECT_EQ(rounds.step(0, 1, kStart), Step::kEnd);
}

TEST(RoundsTest, WithoutATimeoutTheyWaitForEver) {
  Rounds rounds(2, {.batch = *Portion::parse_list("1")});
  rounds.sent(kStart);
  EXPECT_EQ(rounds.deadline(), std::nullopt);
  EXPECT_EQ(rounds.step(1, 1, MonotonicTime::max()), Step::kWait);
}

TEST(RoundsTest, APauseOfForeverDoesNotOverflow) {
  Rounds rounds(2, {.batch = *Portion::parse_list("1"), .pause = Duration::max()});
  EXPECT_EQ(rounds.step(0, 0, kStart), Step::kOver);
  EXPECT_EQ(rounds.deadline(), MonotonicTime::max());
}

}  // namespace
}  // namespace remaphore
