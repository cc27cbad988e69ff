#include "core/groups.h"

#include <gtest/gtest.h>

namespace remaphore {
namespace {

std::string error_of(Result<void> result) { return result ? "" : result.error().message; }

TEST(GroupsTest, HoldsNamesAndTheirMembers) {
  Groups groups;
  ASSERT_TRUE(groups.add("db com.x.db*, com.x.extra"));
  ASSERT_TRUE(groups.add("  all-2\t@db,web[01-12,20]  "));
  ASSERT_TRUE(groups.check());
  EXPECT_EQ(groups.find("db")->members, (std::vector<std::string>{"com.x.db*", "com.x.extra"}));
  EXPECT_EQ(groups.find("all-2")->members, (std::vector<std::string>{"@db", "web[01-12,20]"}));
  EXPECT_EQ(groups.find("none"), nullptr);
}

TEST(GroupsTest, RefusesWhatIsNoGroup) {
  for (const char* line : {"", "db", "db ", "@db x", "!db x", "d*b x", "db x,,y", "db x,", "db !x", "db x y", "db x[",
                           "db x[1-999999999]", "d,b x"}) {
    Groups groups;
    const auto added = groups.add(line);
    ASSERT_FALSE(added) << line;
    EXPECT_EQ(added.error().code, Errc::kFormat);
    EXPECT_TRUE(groups.all().empty());
  }
  Groups groups;
  EXPECT_FALSE(groups.add(std::string(Groups::kMaxName + 1, 'a') + " x"));
  EXPECT_TRUE(groups.add(std::string(Groups::kMaxName, 'a') + " x"));
}

TEST(GroupsTest, ANameIsGivenOnce) {
  Groups groups;
  ASSERT_TRUE(groups.add("db x"));
  EXPECT_EQ(error_of(groups.add("db y")), "group db is there already");
}

TEST(GroupsTest, FindsACycleHoweverLong) {
  Groups itself;
  ASSERT_TRUE(itself.add("a @a"));
  EXPECT_EQ(error_of(itself.check()), "group a holds itself");
  Groups long_way;
  for (int i = 0; i < 500; ++i) {
    ASSERT_TRUE(long_way.add("g" + std::to_string(i) + " x,@g" + std::to_string((i + 1) % 500)));
  }
  EXPECT_EQ(error_of(long_way.check()), "group g0 holds itself");
}

TEST(GroupsTest, ADiamondIsNoCycle) {
  Groups groups;
  ASSERT_TRUE(groups.add("top @left,@right"));
  ASSERT_TRUE(groups.add("left @bottom"));
  ASSERT_TRUE(groups.add("right @bottom"));
  ASSERT_TRUE(groups.add("bottom x"));
  EXPECT_TRUE(groups.check());
}

TEST(GroupsTest, NamesAMemberThatIsNoGroup) {
  Groups groups;
  ASSERT_TRUE(groups.add("a @b"));
  EXPECT_EQ(error_of(groups.check()), "group a: there is no group \"b\"");
}

}  // namespace
}  // namespace remaphore
