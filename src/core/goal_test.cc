#include "core/goal.h"

#include <gtest/gtest.h>

namespace remaphore {
namespace {

using Names = std::vector<std::string_view>;

class GoalTest : public testing::Test {
 protected:
  static Portion count(std::string_view text) { return *Portion::parse(text); }
  Goal barrier(const Goal::Barrier& barrier) const { return *Goal::barrier(barrier, peers_); }
  static Names missing(const Goal& goal) {
    Names names;
    for (const Goal::Missing& one : goal.missing()) names.push_back(one.node);
    return names;
  }

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
  Goal goal = barrier({.count = count("2"), .from = {}, .self = {}});
  goal.printed("node2");
  goal.printed("node2");
  EXPECT_EQ(goal.arrived(), 1u);
  EXPECT_FALSE(goal.reached());
  goal.printed("node3");
  EXPECT_TRUE(goal.reached());
}

TEST_F(GoalTest, OfABarrierDoesNotCountUnexpectedNodes) {
  Goal goal = barrier({.count = {}, .from = Names{"node1"}, .self = {}});
  goal.printed("node3");
  goal.ended("node3", 1);
  EXPECT_EQ(goal.arrived(), 0u);
  EXPECT_FALSE(goal.any_failed());
}

TEST_F(GoalTest, OfABarrierExpectsNobodyWhoseKeyBelongsToAnother) {
  const Peers shared{{{"node1", "1111", VerbList("*"), 1}, {"alias", "1111", VerbList("*"), 2}}};
  EXPECT_EQ(Goal::barrier({.count = count("all"), .from = {}, .self = {}}, shared)->expected(), 1u);
  EXPECT_EQ(Goal::barrier({.count = {}, .from = Names{"alias", "node1"}, .self = {}}, shared)->expected(), 1u);
  EXPECT_FALSE(Goal::barrier({.count = {}, .from = Names{"alias"}, .self = {}}, shared));
}

TEST_F(GoalTest, OfAllThatAreNamedIsReachedWithTheLast) {
  Goal goal = barrier({.count = {}, .from = Names{"node3", "node1"}, .self = {}});
  EXPECT_EQ(goal.expected(), 2u);
  EXPECT_EQ(missing(goal), (Names{"node1", "node3"}));
  goal.printed("node1");
  EXPECT_EQ(missing(goal), Names{"node3"});
  goal.printed("node3");
  EXPECT_TRUE(goal.reached());
  EXPECT_TRUE(goal.missing().empty());
}

TEST_F(GoalTest, NamesNobodyIfNobodyWasNamed) {
  EXPECT_TRUE(barrier({.count = count("2"), .from = {}, .self = {}}).missing().empty());
}

TEST_F(GoalTest, CountsInPercentOfTheNodesNotOfTheirKeys) {
  EXPECT_EQ(barrier({.count = count("all"), .from = {}, .self = {}}).expected(), 3u);
  EXPECT_EQ(barrier({.count = count("60%"), .from = {}, .self = {}}).expected(), 2u);
  EXPECT_EQ(barrier({.count = count("1%"), .from = Names{"node1", "node3"}, .self = {}}).expected(), 1u);
}

TEST_F(GoalTest, RefusesToWaitForMoreThanThereAre) {
  const auto many = Goal::barrier({.count = count("4"), .from = {}, .self = {}}, peers_);
  ASSERT_FALSE(many);
  EXPECT_EQ(many.error().code, Errc::kUsage);
  EXPECT_EQ(many.error().message, "option --count: 4 must arrive, but there are only 3");
  EXPECT_FALSE(Goal::barrier({.count = count("2"), .from = Names{"node1"}, .self = {}}, peers_));
  EXPECT_FALSE(Goal::barrier({.count = count("50%"), .from = {}, .self = {}}, Peers()));
  EXPECT_FALSE(Goal::barrier({.count = {}, .from = Names{}, .self = {}}, peers_));
}

TEST_F(GoalTest, CountsANodeWhoseCommandSucceedsWhenItEnds) {
  Goal goal = barrier({.count = count("1"), .from = {}, .self = {}});
  goal.started("node1");
  EXPECT_FALSE(goal.reached());
  goal.ended("node1", 1);
  EXPECT_FALSE(goal.reached());
  EXPECT_TRUE(goal.any_failed());
  goal.ended("node1", 0);
  EXPECT_TRUE(goal.reached());
}

TEST_F(GoalTest, CountsAFailedCommandTooIfAnyStatusWillDo) {
  Goal goal = barrier({.count = count("1"), .from = {}, .self = {}, .counted = Goal::Counted::kOnEnd});
  goal.ended("node1", 7);
  EXPECT_TRUE(goal.reached());
  EXPECT_TRUE(goal.any_failed());
}

TEST_F(GoalTest, NamesANodeWhoseCommandFailed) {
  Goal goal = barrier({.count = {}, .from = Names{"node1", "node2"}, .self = {}});
  goal.received("stranger");
  EXPECT_FALSE(goal.any_received());
  goal.received("node1");
  goal.ended("node1", 3);
  EXPECT_TRUE(goal.any_received());
  ASSERT_EQ(goal.missing().size(), 2u);
  EXPECT_TRUE(goal.missing()[0].failed);
  EXPECT_FALSE(goal.missing()[1].failed);
}

TEST_F(GoalTest, TellsACommandHowManyHaveArrivedWithItsOwnSender) {
  Goal goal = barrier({.count = count("2"), .from = {}, .self = {}});
  EXPECT_EQ(goal.arrivals_with("node1").arrived, 1u);
  EXPECT_EQ(goal.arrivals_with("node1").expected, 2u);
  goal.ended("node1", 0);
  EXPECT_EQ(goal.arrivals_with("node1").arrived, 1u);
  EXPECT_EQ(goal.arrivals_with("node3").arrived, 2u);
  EXPECT_EQ(goal.arrivals_with("stranger").arrived, 1u);
  goal.ended("node3", 0);
  EXPECT_EQ(goal.arrivals_with("node2").arrived, 2u) << "never more than are expected";
}

TEST_F(GoalTest, ExpectsOurOwnNodeTooIfItArrives) {
  Goal goal = barrier({.count = {}, .from = Names{"node1"}, .self = "ours"});
  EXPECT_EQ(goal.expected(), 2u);
  EXPECT_EQ(goal.named(), (Names{"node1", "ours"}));
  goal.received("ours");
  EXPECT_FALSE(goal.any_received()) << "nobody else";
  goal.arrived_ourselves();
  EXPECT_EQ(missing(goal), Names{"node1"});
  goal.printed("node1");
  EXPECT_TRUE(goal.reached());
}

TEST_F(GoalTest, CountsOurOwnNodeOnceIfItIsNamedToo) {
  EXPECT_EQ(barrier({.count = {}, .from = Names{"node1", "node2"}, .self = "node2"}).expected(), 2u);
  EXPECT_EQ(barrier({.count = count("all"), .from = {}, .self = "ours"}).expected(), 4u);
}

}  // namespace
}  // namespace remaphore
