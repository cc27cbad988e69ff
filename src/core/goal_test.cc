#include "core/goal.h"

#include <gtest/gtest.h>

namespace remaphore {
namespace {

using Names = std::vector<std::string_view>;

class GoalTest : public testing::Test {
 protected:
  static Count count(std::string_view text) { return *Count::parse(text); }
  Goal barrier(const Goal::Barrier& barrier) const { return *Goal::barrier(barrier, peers_); }

  // node2 has two keys.
  const Peers peers_{{{"node1", "1111", VerbList("*"), 1},
                      {"node2", "2222", VerbList("*"), 2},
                      {"node2", "3333", VerbList("*"), 3},
                      {"node3", "4444", VerbList("*"), 4}}};
};

TEST_F(GoalTest, OfNothingIsNeverReached) {
  Goal goal;
  goal.printed("node1");
  goal.started("node1");
  goal.ended("node1", 0);
  EXPECT_FALSE(goal.exists());
  EXPECT_FALSE(goal.reached());
}

TEST_F(GoalTest, OfTheFirstMatchIsReachedByAnyMessageThatIsPrinted) {
  Goal goal = Goal::first_match();
  EXPECT_TRUE(goal.exists());
  EXPECT_FALSE(goal.reached());
  goal.printed("stranger");
  EXPECT_TRUE(goal.reached());
  EXPECT_EQ(goal.arrived(), 1u);
  EXPECT_EQ(goal.expected(), 1u);
}

TEST_F(GoalTest, OfTheFirstMatchIsReachedWhenACommandStartsHoweverItEnds) {
  Goal goal = Goal::first_match();
  goal.started("node1");
  EXPECT_TRUE(goal.reached());
  goal.ended("node1", 1);
  EXPECT_TRUE(goal.reached());
  EXPECT_EQ(goal.arrived(), 1u);
}

TEST_F(GoalTest, OfABarrierCountsEachNodeOnceHoweverManyMessagesItSends) {
  Goal goal = barrier({.count = count("2"), .from = {}});
  goal.printed("node2");
  goal.printed("node2");
  EXPECT_EQ(goal.arrived(), 1u);
  EXPECT_FALSE(goal.reached());
  goal.printed("node3");
  EXPECT_TRUE(goal.reached());
}

TEST_F(GoalTest, OfABarrierDoesNotCountWhoIsNotExpected) {
  Goal goal = barrier({.count = {}, .from = Names{"node1"}});
  goal.printed("node3");
  goal.ended("node3", 1);
  EXPECT_EQ(goal.arrived(), 0u);
  EXPECT_FALSE(goal.any_failed());
}

TEST_F(GoalTest, OfAllThatAreNamedIsReachedWithTheLast) {
  Goal goal = barrier({.count = {}, .from = Names{"node3", "node1"}});
  EXPECT_EQ(goal.expected(), 2u);
  EXPECT_EQ(goal.missing(), (Names{"node1", "node3"}));
  goal.printed("node1");
  EXPECT_EQ(goal.missing(), Names{"node3"});
  goal.printed("node3");
  EXPECT_TRUE(goal.reached());
  EXPECT_TRUE(goal.missing().empty());
}

TEST_F(GoalTest, NamesNobodyIfNobodyWasNamed) {
  EXPECT_TRUE(barrier({.count = count("2"), .from = {}}).missing().empty());
}

TEST_F(GoalTest, CountsInPercentOfTheNodesNotOfTheirKeys) {
  EXPECT_EQ(barrier({.count = count("all"), .from = {}}).expected(), 3u);
  EXPECT_EQ(barrier({.count = count("60%"), .from = {}}).expected(), 2u);
  EXPECT_EQ(barrier({.count = count("1%"), .from = Names{"node1", "node3"}}).expected(), 1u);
}

TEST_F(GoalTest, RefusesToWaitForMoreThanThereAre) {
  const auto many = Goal::barrier({.count = count("4"), .from = {}}, peers_);
  ASSERT_FALSE(many);
  EXPECT_EQ(many.error().code, Errc::kUsage);
  EXPECT_EQ(many.error().message, "option --count: 4 have to arrive, but there are only 3");
  EXPECT_FALSE(Goal::barrier({.count = count("2"), .from = Names{"node1"}}, peers_));
  EXPECT_FALSE(Goal::barrier({.count = count("50%"), .from = {}}, Peers()));
  EXPECT_FALSE(Goal::barrier({.count = {}, .from = Names{}}, peers_));
}

TEST_F(GoalTest, CountsANodeWhoseCommandSucceedsWhenItEnds) {
  Goal goal = barrier({.count = count("1"), .from = {}});
  goal.started("node1");
  EXPECT_FALSE(goal.reached());
  goal.ended("node1", 1);
  EXPECT_FALSE(goal.reached());
  EXPECT_TRUE(goal.any_failed());
  goal.ended("node1", 0);
  EXPECT_TRUE(goal.reached());
}

TEST_F(GoalTest, CountsAFailedCommandTooIfAnyStatusWillDo) {
  Goal goal = barrier({.count = count("1"), .from = {}, .counted = Goal::Counted::kOnEnd});
  goal.ended("node1", 7);
  EXPECT_TRUE(goal.reached());
  EXPECT_TRUE(goal.any_failed());
}

}  // namespace
}  // namespace remaphore
