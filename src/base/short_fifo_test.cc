#include "base/short_fifo.h"

#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <random>

namespace remaphore {
namespace {

TEST(ShortFifoTest, IsADequeWhateverIsDone) {
  std::mt19937 random(3);
  ShortFifo<std::unique_ptr<int>> fifo;
  std::deque<int> model;
  for (int step = 0; step < 5000; ++step) {
    const auto what = random() % 5;
    if (what < 2) {
      fifo.push_back(std::make_unique<int>(step));
      model.push_back(step);
    } else if (what == 2 && !model.empty()) {
      fifo.pop_back();
      model.pop_back();
    } else if (!model.empty()) {
      fifo.pop_front();
      model.pop_front();
    }
    ASSERT_EQ(fifo.size(), model.size());
    ASSERT_EQ(fifo.empty(), model.empty());
    if (model.empty()) continue;
    ASSERT_EQ(*fifo.front(), model.front());
    ASSERT_EQ(*fifo.back(), model.back());
  }
}

}  // namespace
}  // namespace remaphore
