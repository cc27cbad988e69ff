#include "base/ascending_map.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace remaphore {
namespace {

TEST(AscendingMapTest, FindsAndTakesEachByItsKey) {
  AscendingMap<int, std::string> map;
  EXPECT_TRUE(map.empty());
  EXPECT_EQ(map.find(1), nullptr);
  EXPECT_EQ(map.take(1), std::nullopt);
  map.add(1, "one");
  map.add(3, "three");
  map.add(7, "seven");
  EXPECT_EQ(map.size(), 3u);
  ASSERT_NE(map.find(3), nullptr);
  EXPECT_EQ(*map.find(3), "three");
  for (const int absent : {0, 2, 4, 8}) EXPECT_EQ(map.find(absent), nullptr) << absent;
  EXPECT_EQ(map.take(3), "three");
  EXPECT_EQ(map.take(3), std::nullopt);
  EXPECT_EQ(map.take(1), "one");
  EXPECT_EQ(map.size(), 1u);
  map.clear();
  EXPECT_TRUE(map.empty());
}

TEST(AscendingMapTest, HoldsWhatCannotBeCopied) {
  AscendingMap<int, std::unique_ptr<int>> map;
  *map.add(1, std::make_unique<int>(5)) += 1;
  const auto taken = map.take(1);
  ASSERT_TRUE(taken);
  EXPECT_EQ(**taken, 6);
}

TEST(AscendingMapTest, HoldsWhatAMapHoldsWhateverIsTaken) {
  std::mt19937 random(1);
  AscendingMap<unsigned, unsigned> map;
  std::map<unsigned, unsigned> expected;
  for (unsigned key = 0; key < 5000; ++key) {
    map.add(key, key * 3);
    expected[key] = key * 3;
    while (expected.size() > 40) {
      const unsigned taken = key - static_cast<unsigned>(random() % 60);
      const auto value = map.take(taken);
      ASSERT_EQ(value.has_value(), expected.erase(taken) == 1) << taken;
      if (value) ASSERT_EQ(*value, taken * 3);
    }
    ASSERT_EQ(map.size(), expected.size());
  }
  const std::vector<std::pair<unsigned, unsigned>> left(map.begin(), map.end());
  EXPECT_EQ(left, (std::vector<std::pair<unsigned, unsigned>>(expected.begin(), expected.end())));
}

}  // namespace
}  // namespace remaphore
