#include "app/fair_queue.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <random>
#include <string>

namespace remaphore {
namespace {

struct Weighed {
  int number;
  std::size_t bytes;
  std::uint32_t& ticket() { return ticket_; }
  std::uint32_t ticket_ = 0;
};
std::size_t bytes_of(const Weighed& item) { return item.bytes; }
using Queue = FairQueue<Weighed, &bytes_of>;

// The same by the words of the header, without any structure that could be wrong.
class Model {
 public:
  void push(const std::string& key, Weighed item) { items_.push_back({key, item}); }
  int pop() {
    lanes_turn_ = !lanes_turn_;
    const auto common = std::find_if(items_.begin(), items_.end(), [&](const Item& one) { return !apart(one.key); });
    if (lanes_.empty() || (common != items_.end() && !lanes_turn_)) return take(common);
    const std::string key = lanes_.front();
    lanes_.pop_front();
    const int number =
        take(std::find_if(items_.begin(), items_.end(), [&](const Item& one) { return one.key == key; }));
    if (bytes(key) > 0) lanes_.push_back(key);
    return number;
  }
  void set_apart(const std::string& key) {
    if (bytes(key) > 0 && !apart(key)) lanes_.push_back(key);
  }
  std::size_t largest() const {
    std::size_t most = 0;
    for (const Item& one : items_) most = std::max(most, bytes(one.key));
    return most;
  }
  // The item that the queue dropped. If several keys have most bytes, the queue chooses the key.
  void drop(int number) {
    const auto found =
        std::find_if(items_.begin(), items_.end(), [&](const Item& i) { return i.item.number == number; });
    ASSERT_NE(found, items_.end());
    const std::string key = found->key;
    ASSERT_EQ(bytes(key), largest());
    for (auto later = std::next(found); later != items_.end(); ++later) ASSERT_NE(later->key, key) << "not its last";
    items_.erase(found);
    if (bytes(key) == 0) std::erase(lanes_, key);
  }
  std::size_t bytes(const std::string& key) const {
    std::size_t sum = 0;
    for (const Item& one : items_) sum += one.key == key ? one.item.bytes : 0;
    return sum;
  }
  std::size_t count(const std::string& key) const {
    return static_cast<std::size_t>(
        std::count_if(items_.begin(), items_.end(), [&](const Item& one) { return one.key == key; }));
  }
  std::size_t size() const { return items_.size(); }

 private:
  struct Item {
    std::string key;
    Weighed item;
  };
  bool apart(const std::string& key) const { return std::find(lanes_.begin(), lanes_.end(), key) != lanes_.end(); }
  int take(std::deque<Item>::iterator item) {
    const int number = item->item.number;
    items_.erase(item);
    return number;
  }

  std::deque<Item> items_;
  std::deque<std::string> lanes_;
  bool lanes_turn_ = false;
};

TEST(FairQueueTest, BehavesAsItsHeaderSaysWhateverIsDone) {
  std::mt19937 random(7);
  const auto below = [&](int limit) { return std::uniform_int_distribution<int>(0, limit - 1)(random); };
  for (int life = 0; life < 60; ++life) {
    Queue queue;
    Model model;
    const int keys = 1 + below(8), growth = 30 + below(30);
    for (int step = 0; step < 400; ++step) {
      const std::string key = "key " + std::to_string(below(keys));
      const int what = below(100);
      if (what < growth) {
        const Weighed item{step, 1 + static_cast<std::size_t>(below(5))};
        model.push(key, item);
        const auto held = queue.push(key, item);
        EXPECT_EQ(held.bytes, model.bytes(key));
        EXPECT_EQ(held.items, model.count(key));
      } else if (what < 90 && !queue.empty()) {
        const int expected = model.pop();
        const auto popped = queue.pop();
        ASSERT_EQ(popped.item.number, expected);
      } else if (what < 95) {
        model.set_apart(key);
        queue.set_apart(key);
      } else if (!queue.empty()) {
        ASSERT_EQ(queue.largest_bytes(), model.largest());
        model.drop(queue.drop_last_of_largest().number);
        if (HasFatalFailure()) return;
      }
      ASSERT_EQ(queue.size(), model.size());
      ASSERT_EQ(queue.held_by(key).bytes, model.bytes(key));
      ASSERT_EQ(queue.held_by(key).items, model.count(key));
    }
  }
}

TEST(FairQueueTest, TellsWhatTheKeyOfAPoppedItemStillHas) {
  Queue queue;
  queue.push("a", {1, 10});
  queue.push("b", {2, 20});
  queue.push("a", {3, 30});
  EXPECT_EQ(queue.pop().left, 30u);
  EXPECT_EQ(queue.pop().left, 0u);
  EXPECT_EQ(queue.pop().left, 0u);
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(queue.bytes(), 0u);
}

TEST(FairQueueTest, KeepsTheKeysApartFromOneAnother) {
  Queue queue;
  const std::string longest(kMaxPublicKeyText, 'k');
  queue.push(longest, {1, 5});
  queue.push(longest.substr(1), {2, 7});
  EXPECT_EQ(queue.held_by(longest).bytes, 5u);
  EXPECT_EQ(queue.held_by(longest.substr(1)).bytes, 7u);
  EXPECT_EQ(queue.held_by("").bytes, 0u);
}

}  // namespace
}  // namespace remaphore
