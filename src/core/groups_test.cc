#include "core/groups.h"

#include <gtest/gtest.h>

namespace remaphore {
namespace {

std::string fault_of(const Groups& groups) {
  const auto fault = groups.find_fault();
  return fault ? std::to_string(fault->line) + ": " + fault->what : "";
}

TEST(GroupsTest, HoldsNamesAndTheirMembers) {
  Groups groups;
  ASSERT_TRUE(groups.add("db com.x.db*, com.x.extra", 1));
  ASSERT_TRUE(groups.add("  all-2\t@db,web[01-12,20]  ", 1));
  EXPECT_EQ(fault_of(groups), "");
  EXPECT_EQ(groups.find("db")->members, (std::vector<std::string>{"com.x.db*", "com.x.extra"}));
  EXPECT_EQ(groups.find("all-2")->members, (std::vector<std::string>{"@db", "web[01-12,20]"}));
  EXPECT_EQ(groups.find("none"), nullptr);
}

TEST(GroupsTest, RefusesWhatIsNoGroup) {
  for (const char* line : {"", "db", "db ", "@db x", "!db x", "d*b x", "db x,,y", "db x,", "db !x", "db x y", "db x[",
                           "db x[1-999999999]", "d,b x"}) {
    Groups groups;
    const auto added = groups.add(line, 1);
    ASSERT_FALSE(added) << line;
    EXPECT_EQ(added.error().code, Errc::kFormat);
    EXPECT_TRUE(groups.all().empty());
  }
  Groups groups;
  EXPECT_FALSE(groups.add(std::string(Groups::kMaxName + 1, 'a') + " x", 1));
  EXPECT_TRUE(groups.add(std::string(Groups::kMaxName, 'a') + " x", 1));
}

TEST(GroupsTest, ANameIsGivenOnce) {
  Groups groups;
  ASSERT_TRUE(groups.add("db x", 1));
  EXPECT_EQ(groups.add("db y", 2).error().message, "group db is already defined");
}

TEST(GroupsTest, FindsACycleHoweverLong) {
  Groups itself;
  ASSERT_TRUE(itself.add("a @a", 1));
  EXPECT_EQ(fault_of(itself), "1: group a contains itself");
  Groups long_way;
  for (int i = 0; i < 500; ++i) {
    ASSERT_TRUE(long_way.add("g" + std::to_string(i) + " x,@g" + std::to_string((i + 1) % 500), 1 + i));
  }
  EXPECT_EQ(fault_of(long_way), "1: group g0 contains itself");
}

TEST(GroupsTest, ADiamondIsNoCycle) {
  Groups groups;
  ASSERT_TRUE(groups.add("top @left,@right", 1));
  ASSERT_TRUE(groups.add("left @bottom", 1));
  ASSERT_TRUE(groups.add("right @bottom", 1));
  ASSERT_TRUE(groups.add("bottom x", 1));
  EXPECT_EQ(fault_of(groups), "");
}

TEST(GroupsTest, NamesAMemberThatIsNoGroup) {
  Groups groups;
  ASSERT_TRUE(groups.add("a @b", 7));
  EXPECT_EQ(fault_of(groups), "7: group a: there is no group \"b\"");
}

}  // namespace
}  // namespace remaphore
