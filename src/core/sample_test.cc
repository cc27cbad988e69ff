#include "core/sample.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

namespace remaphore {
namespace {

using Names = std::vector<std::string>;

TEST(SampleTest, TakesSoManyInTheirOrder) {
  const Names names{"a", "b", "c", "d", "e"};
  for (std::size_t count = 0; count <= names.size(); ++count) {
    const Names some = sample(names, count);
    EXPECT_EQ(some.size(), count);
    EXPECT_TRUE(std::is_sorted(some.begin(), some.end()));
    EXPECT_EQ(std::set<std::string>(some.begin(), some.end()).size(), count);
  }
  EXPECT_EQ(sample(names, names.size()), names);
}

// 6,000 draws: each of three is expected 2,000 times, with a standard deviation of 37.
TEST(SampleTest, IsUniform) {
  std::map<std::string, int> drawn;
  for (int i = 0; i < 6'000; ++i) ++drawn[sample({"a", "b", "c"}, 1).front()];
  for (const auto& [name, times] : drawn) EXPECT_NEAR(times, 2'000, 300) << name;
  EXPECT_EQ(drawn.size(), 3u);
}

TEST(SampleTest, ShufflesIntoEveryOrder) {
  std::map<Names, int> seen;
  for (int i = 0; i < 6'000; ++i) ++seen[shuffled({"a", "b", "c"})];
  ASSERT_EQ(seen.size(), 6u);
  for (const auto& [order, times] : seen) EXPECT_NEAR(times, 1'000, 250);
}

}  // namespace
}  // namespace remaphore
