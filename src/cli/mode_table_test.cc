#include "cli/mode_table.h"

#include <gtest/gtest.h>

#include <set>

namespace remaphore {
namespace {

TEST(ModeTableTest, HasEveryModeOnceAndOneWithoutASelector) {
  std::set<Mode> modes;
  std::size_t unselected = 0;
  for (const ModeRow& row : mode_table()) {
    EXPECT_TRUE(modes.insert(row.mode).second) << row.called;
    unselected += row.selector == nullptr;
    if (row.selector != nullptr) EXPECT_TRUE(row.selector->modes.has(row.mode)) << row.called;
  }
  EXPECT_EQ(unselected, 1u);
}

}  // namespace
}  // namespace remaphore
