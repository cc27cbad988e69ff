// A queue that mostly holds one item. An empty std::deque takes half a kilobyte, so one is created only for a second
// item.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <utility>

namespace remaphore {

template <class Item>
class ShortFifo {
 public:
  bool empty() const { return !first_; }
  std::size_t size() const { return first_ ? 1 + (rest_ ? rest_->size() : 0) : 0; }

  // Precondition of the next four: !empty().
  Item& front() { return *first_; }
  Item& back() { return has_rest() ? rest_->back() : *first_; }
  void pop_front() {
    first_.reset();
    if (!has_rest()) return;
    first_.emplace(std::move(rest_->front()));
    rest_->pop_front();
  }
  void pop_back() { has_rest() ? rest_->pop_back() : first_.reset(); }

  void push_back(Item item) {
    if (!first_) {
      first_.emplace(std::move(item));
      return;
    }
    if (!rest_) rest_ = std::make_unique<std::deque<Item>>();
    rest_->push_back(std::move(item));
  }

 private:
  bool has_rest() const { return rest_ && !rest_->empty(); }

  std::optional<Item> first_;  // empty only if all is
  std::unique_ptr<std::deque<Item>> rest_;
};

}  // namespace remaphore
