#include "core/target_list.h"

#include <gtest/gtest.h>

namespace remaphore {
namespace {

using Names = std::vector<std::string_view>;

class TargetListTest : public ::testing::Test {
 protected:
  TargetListTest() {
    std::vector<Peer> peers;
    for (const char* name : {"db1", "db2", "db3", "web01", "web02", "eu.web", "db2"})
      peers.push_back({name, name, {}, 1});
    peers_ = Peers(std::move(peers));
    EXPECT_TRUE(groups_.add("db db[1-3]", 1));
    EXPECT_TRUE(groups_.add("web web*,eu.web", 1));
    EXPECT_TRUE(groups_.add("every @web,@db", 1));
    EXPECT_TRUE(groups_.add("gone db9", 1));
  }

  Names meant(std::string_view list) const {
    TargetList targets;
    if (const auto added = targets.add(list); !added) return {"ADD"};
    const auto names = targets.resolve(peers_, groups_);
    return names ? *names : Names{"RESOLVE"};
  }
  std::string refusal(std::string_view list) const {
    TargetList targets;
    if (const auto added = targets.add(list); !added) return added.error().message;
    const auto names = targets.resolve(peers_, groups_);
    return names ? "" : names.error().message;
  }

  Peers peers_;
  Groups groups_;
};

TEST_F(TargetListTest, OnePlainPatternIsSentAsItIs) {
  for (const char* pattern : {"**", "db*", "nobody", "eu.web"}) {
    TargetList targets;
    ASSERT_TRUE(targets.add(pattern));
    EXPECT_EQ(targets.single_pattern(), pattern);
  }
  for (const char* list : {"db1,db2", "@db", "!db1", "db[1-2]", "**,!db1"}) {
    TargetList targets;
    ASSERT_TRUE(targets.add(list));
    EXPECT_EQ(targets.single_pattern(), std::nullopt) << list;
  }
}

TEST_F(TargetListTest, NamesAreMeantOnceInTheOrderGiven) {
  EXPECT_EQ(meant("db2,db1"), (Names{"db2", "db1"}));
  EXPECT_EQ(meant("db2, db*"), (Names{"db2", "db1", "db3"}));
  EXPECT_EQ(meant("db[2-3],db1"), (Names{"db2", "db3", "db1"}));
  EXPECT_EQ(meant("**"), (Names{"db1", "db2", "db3", "web01", "web02", "eu.web"}));
}

TEST_F(TargetListTest, GroupsStandForTheirMembersHoweverDeep) {
  EXPECT_EQ(meant("@db"), (Names{"db1", "db2", "db3"}));
  EXPECT_EQ(meant("@every"), (Names{"web01", "web02", "eu.web", "db1", "db2", "db3"}));
}

TEST_F(TargetListTest, GroupsThatHoldEachOtherManyTimesCostOnceEach) {
  for (int i = 0; i < 60; ++i) {
    const std::string inner = i == 0 ? "db1" : "@deep" + std::to_string(i - 1);
    ASSERT_TRUE(groups_.add("deep" + std::to_string(i) + " " + inner + "," + inner, 1));
  }
  EXPECT_EQ(meant("@deep59"), Names{"db1"});
}

TEST_F(TargetListTest, WhatIsTakenAwayIsOutWhereverItStands) {
  EXPECT_EQ(meant("!db2,@db"), (Names{"db1", "db3"}));
  EXPECT_EQ(meant("@db,!db2"), (Names{"db1", "db3"}));
  EXPECT_EQ(meant("@every,!@web,!db[1-2]"), (Names{"db3"}));
}

TEST_F(TargetListTest, OnlyTakenAwayMeansAllLessThose) {
  EXPECT_EQ(meant("!@db"), (Names{"web01", "web02", "eu.web"}));
  EXPECT_EQ(meant("!db*,!web*"), (Names{"eu.web"}));
}

TEST_F(TargetListTest, APartThatMatchesNobodyIsNamed) {
  EXPECT_EQ(refusal("db1,db9"), "no configured peer matches \"db9\"");
  EXPECT_EQ(refusal("db[1-4]"), "no configured peer matches \"db4\" of \"db[1-4]\"");
  EXPECT_EQ(refusal("@gone"), "no configured peer matches \"db9\" of \"@gone\"");
  EXPECT_EQ(refusal("**,!dbx*"), "no configured peer matches \"dbx*\"");
  EXPECT_EQ(refusal("@none"), "the config has no group \"none\"");
  EXPECT_EQ(refusal("!@none"), "the config has no group \"none\"");
}

TEST_F(TargetListTest, NobodyLeftIsAnError) {
  EXPECT_EQ(refusal("db1,!db*"), "no target is left: every one of them is excluded");
  EXPECT_EQ(refusal("!**"), "no target is left: every one of them is excluded");
}

TEST_F(TargetListTest, AnEmptyPartIsNoPart) {  // as an empty variable of a shell makes it
  for (const char* list : {"", ",", "db1,", ",!db1", "!", "db1,!", "@", "!@", " ", "db1,,db2"}) {
    TargetList targets;
    const auto added = targets.add(list);
    ASSERT_FALSE(added) << list;
    EXPECT_EQ(added.error().code, Errc::kUsage);
  }
}

TEST_F(TargetListTest, RefusesMalformedParts) {
  for (const char* list : {"db[1-", "db[1-999999999]", "!!db1", "@d*", "db1]"}) {
    TargetList targets;
    EXPECT_FALSE(targets.add(list)) << list;
  }
}

TEST_F(TargetListTest, LinesOfAFileAreParts) {
  TargetList targets;
  ASSERT_TRUE(targets.add_lines("# left over\ndb1\tfailed 3\n\n  db2 silent  # again\n!db1\r\n@web", "left.txt"));
  EXPECT_EQ(targets.single_pattern(), std::nullopt);
  EXPECT_EQ(*targets.resolve(peers_, groups_), (Names{"db2", "web01", "web02", "eu.web"}));
}

TEST_F(TargetListTest, AFileIsResolvedEvenIfItHoldsOnePattern) {
  TargetList targets;
  ASSERT_TRUE(targets.add_lines("db*\n", "left.txt"));
  EXPECT_EQ(targets.single_pattern(), std::nullopt);
}

TEST_F(TargetListTest, AFileThatNamesNobodyReachesNobody) {
  for (const char* text : {"", "\n\n", "# all done\n"}) {
    TargetList targets;
    const auto added = targets.add_lines(text, "left.txt");
    ASSERT_FALSE(added);
    EXPECT_EQ(added.error().message, "left.txt names no node");
  }
  TargetList targets;
  const auto added = targets.add_lines("db1\n!\n", "left.txt");
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().message, "left.txt:2: an empty target");
}

}  // namespace
}  // namespace remaphore
