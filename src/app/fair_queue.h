// A queue that is fair between keys: items of one key keep their order, and no key can make the others wait for all of
// its items.
//
// Items leave in the order of arrival. A key that is set apart gets a lane of its own. Lanes and the common order take
// turns, the common order every second one, so that a lane delays only itself. A key stops being apart once none of its
// items are left. Every operation takes O(log keys).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "base/string_map.h"

namespace remaphore {

// `kCost` gives the number of bytes an item counts for; it must not change during the item's life.
template <class Item, std::size_t (*kCost)(const Item&)>
class FairQueue {
 public:
  FairQueue() = default;
  FairQueue(FairQueue&&) noexcept = default;
  FairQueue& operator=(FairQueue&&) noexcept = default;

  bool empty() const { return count_ == 0; }
  std::size_t size() const { return count_; }
  std::size_t bytes() const { return bytes_; }
  std::size_t size_of(std::string_view key) const;
  std::size_t bytes_of(std::string_view key) const;

  void push(std::string_view key, Item item);
  Item pop();  // not empty()
  void set_apart(std::string_view key);

  // The key with the most bytes, and the item of it that arrived last; not empty().
  std::string_view largest() const { return *by_bytes_.rbegin()->second->key; }
  std::size_t largest_bytes() const { return by_bytes_.rbegin()->first; }
  Item drop_last_of_largest();

  // Calls visit(bytes) for every key.
  template <class Visit>
  void for_each_key(Visit visit) const {
    for (const auto& [key, share] : shares_) visit(share.bytes);
  }

 private:
  struct Entry {
    std::uint64_t number;  // in the order of arrival
    Item item;
  };
  struct Share {
    const std::string* key = nullptr;
    std::deque<Entry> entries;  // never empty between calls
    std::size_t bytes = 0;
    bool apart = false;
  };
  // Records a change in a share's bytes.
  void charge(Share& share, std::size_t bytes_now);
  Item take_first(Share& share);
  void forget(Share& share);  // its last item has left

  StringMap<Share> shares_;                 // nodes: a Share stays where it is
  std::map<std::uint64_t, Share*> common_;  // by the number of the first item
  std::deque<Share*> turns_;                // lanes of the keys set apart, in the order of their turns
  std::set<std::pair<std::size_t, Share*>> by_bytes_;
  std::uint64_t next_number_ = 0;
  std::size_t count_ = 0;
  std::size_t bytes_ = 0;
  bool lanes_turn_ = false;
};

template <class Item, std::size_t (*kCost)(const Item&)>
std::size_t FairQueue<Item, kCost>::size_of(std::string_view key) const {
  const auto found = shares_.find(key);
  return found == shares_.end() ? 0 : found->second.entries.size();
}

template <class Item, std::size_t (*kCost)(const Item&)>
std::size_t FairQueue<Item, kCost>::bytes_of(std::string_view key) const {
  const auto found = shares_.find(key);
  return found == shares_.end() ? 0 : found->second.bytes;
}

template <class Item, std::size_t (*kCost)(const Item&)>
void FairQueue<Item, kCost>::charge(Share& share, std::size_t bytes_now) {
  auto node = by_bytes_.extract({share.bytes, &share});
  bytes_ = bytes_ - share.bytes + bytes_now;
  share.bytes = bytes_now;
  node.value().first = bytes_now;
  by_bytes_.insert(std::move(node));
}

template <class Item, std::size_t (*kCost)(const Item&)>
void FairQueue<Item, kCost>::push(std::string_view key, Item item) {
  const std::size_t cost = kCost(item);
  auto found = shares_.find(key);
  const bool is_new = found == shares_.end();
  if (is_new) found = shares_.try_emplace(std::string(key)).first;
  Share& share = found->second;
  share.entries.push_back({next_number_, std::move(item)});
  if (is_new) {
    share.key = &found->first;
    by_bytes_.emplace(0, &share);
    common_.emplace(next_number_, &share);
  }
  charge(share, share.bytes + cost);
  ++next_number_;
  ++count_;
}

template <class Item, std::size_t (*kCost)(const Item&)>
void FairQueue<Item, kCost>::forget(Share& share) {
  by_bytes_.erase({share.bytes, &share});
  shares_.erase(shares_.find(*share.key));
}

template <class Item, std::size_t (*kCost)(const Item&)>
Item FairQueue<Item, kCost>::take_first(Share& share) {
  Item item = std::move(share.entries.front().item);
  share.entries.pop_front();
  --count_;
  charge(share, share.bytes - kCost(item));
  return item;
}

template <class Item, std::size_t (*kCost)(const Item&)>
Item FairQueue<Item, kCost>::pop() {
  lanes_turn_ = !lanes_turn_;
  if (turns_.empty() || (!common_.empty() && !lanes_turn_)) {
    auto node = common_.extract(common_.begin());
    Share& share = *node.mapped();
    Item item = take_first(share);
    if (share.entries.empty()) {
      forget(share);
    } else {
      node.key() = share.entries.front().number;
      common_.insert(std::move(node));
    }
    return item;
  }
  Share& share = *turns_.front();
  turns_.pop_front();
  Item item = take_first(share);
  share.entries.empty() ? forget(share) : turns_.push_back(&share);
  return item;
}

template <class Item, std::size_t (*kCost)(const Item&)>
void FairQueue<Item, kCost>::set_apart(std::string_view key) {
  const auto found = shares_.find(key);
  if (found == shares_.end() || found->second.apart) return;
  Share& share = found->second;
  share.apart = true;
  common_.erase(share.entries.front().number);
  turns_.push_back(&share);
}

template <class Item, std::size_t (*kCost)(const Item&)>
Item FairQueue<Item, kCost>::drop_last_of_largest() {
  Share& share = *by_bytes_.rbegin()->second;
  Item item = std::move(share.entries.back().item);
  const std::uint64_t number = share.entries.back().number;
  share.entries.pop_back();
  --count_;
  charge(share, share.bytes - kCost(item));
  if (share.entries.empty()) {
    share.apart ? turns_.erase(std::find(turns_.begin(), turns_.end(), &share)), void() : void(common_.erase(number));
    forget(share);
  }
  return item;
}

}  // namespace remaphore
