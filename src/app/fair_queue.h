// A queue that is fair between keys: items of one key keep their order, and no key can make the others wait for all of
// its items.
//
// Items leave in the order of arrival. A key that is set apart gets a lane of its own. Lanes and the common order take
// turns, the common order every second one, so that a lane delays only itself. A key stops being apart once none of its
// items are left. Operations take O(log keys), but O(keys) to set one apart or to drop the only item of one. Keys are
// public keys in base58.
//
// Items carry the numbers that say in which order they came, so that a long queue takes one pointer more for each. The
// numbers wrap around: an item that waits while 2^31 others come may lose its place.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "base/short_fifo.h"
#include "core/key_text.h"

namespace remaphore {

// `kCost` gives the number of bytes an item counts for; it must not change during the item's life. item.ticket() is a
// std::uint32_t& that belongs to the queue while it holds the item.
template <class Item, std::size_t (*kCost)(const Item&)>
class FairQueue {
 public:
  // What one key has in the queue.
  struct Holding {
    std::size_t items = 0;
    std::size_t bytes = 0;
  };
  struct Popped {
    Item item;
    std::size_t left;  // bytes that its key still has
  };

  FairQueue() = default;
  FairQueue(FairQueue&&) noexcept = default;
  FairQueue& operator=(FairQueue&&) noexcept = default;

  bool empty() const { return count_ == 0; }
  std::size_t size() const { return count_; }
  std::size_t bytes() const { return bytes_; }
  Holding held_by(std::string_view key) const;

  Holding push(std::string_view key, Item item);  // what the key has then
  Popped pop();                                   // must not be empty()
  void set_apart(std::string_view key);

  // The key with the most bytes, and the item of it that arrived last; must not be empty().
  std::size_t largest_bytes() { return ranking().rbegin()->first; }
  Item drop_last_of_largest();

  // Calls visit(bytes) for every key.
  template <class Visit>
  void for_each_key(Visit visit) const {
    for (const auto& [key, share] : shares_) visit(share.bytes);
  }

 private:
  struct Share {
    ShortFifo<Item> items;  // never empty between calls
    std::size_t bytes = 0;
    bool apart = false;
  };
  using Shares = KeyMap<Share>;
  using Holder = typename Shares::value_type;  // a node: it stays where it is
  // A key that is not apart, by the number of its first item.
  struct Turn {
    std::uint32_t number;
    Holder* holder;
    // The lowest is on top of a heap. Serial number arithmetic, RFC 1982.
    bool operator<(const Turn& other) const { return static_cast<std::int32_t>(number - other.number) > 0; }
  };
  using Ranking = std::set<std::pair<std::size_t, Holder*>>;

  // Records a change in a holder's bytes.
  void charge(Holder& holder, std::size_t bytes_now);
  Popped take_first(Holder& holder);
  void push_turn(Holder& holder);
  void drop_turn(const Holder& holder);
  void forget(Holder& holder);  // after its last item has left
  Ranking& ranking();

  Shares shares_;
  std::vector<Turn> common_;              // a heap
  std::deque<Holder*> lanes_;             // the keys set apart, in the order of their turns
  std::optional<Ranking> rank_;           // by bytes; made when it is needed, and kept until nothing waits
  std::uint32_t next_number_ = 0u - 100;  // starts just before the wrap-around, so that every run exercises it
  std::size_t count_ = 0;
  std::size_t bytes_ = 0;
  bool lanes_turn_ = false;
};

template <class Item, std::size_t (*kCost)(const Item&)>
auto FairQueue<Item, kCost>::held_by(std::string_view key) const -> Holding {
  const auto found = shares_.find(key);
  return found == shares_.end() ? Holding{} : Holding{found->second.items.size(), found->second.bytes};
}

template <class Item, std::size_t (*kCost)(const Item&)>
auto FairQueue<Item, kCost>::ranking() -> Ranking& {
  if (!rank_) {
    rank_.emplace();
    for (Holder& holder : shares_) rank_->emplace(holder.second.bytes, &holder);
  }
  return *rank_;
}

template <class Item, std::size_t (*kCost)(const Item&)>
void FairQueue<Item, kCost>::charge(Holder& holder, std::size_t bytes_now) {
  Share& share = holder.second;
  if (rank_) {
    rank_->erase({share.bytes, &holder});
    rank_->emplace(bytes_now, &holder);
  }
  bytes_ = bytes_ - share.bytes + bytes_now;
  share.bytes = bytes_now;
}

template <class Item, std::size_t (*kCost)(const Item&)>
void FairQueue<Item, kCost>::push_turn(Holder& holder) {
  common_.push_back({holder.second.items.front().ticket(), &holder});
  std::push_heap(common_.begin(), common_.end());
}

template <class Item, std::size_t (*kCost)(const Item&)>
void FairQueue<Item, kCost>::drop_turn(const Holder& holder) {
  std::erase_if(common_, [&](const Turn& turn) { return turn.holder == &holder; });
  std::make_heap(common_.begin(), common_.end());
}

template <class Item, std::size_t (*kCost)(const Item&)>
auto FairQueue<Item, kCost>::push(std::string_view key, Item item) -> Holding {
  auto found = shares_.find(key);
  if (found == shares_.end()) found = shares_.try_emplace(KeyText(key)).first;
  Share& share = found->second;
  const std::size_t cost = kCost(item);
  const bool is_first = share.items.empty();
  item.ticket() = next_number_++;
  share.items.push_back(std::move(item));
  if (is_first) push_turn(*found);
  ++count_;
  charge(*found, share.bytes + cost);
  return {share.items.size(), share.bytes};
}

template <class Item, std::size_t (*kCost)(const Item&)>
void FairQueue<Item, kCost>::forget(Holder& holder) {
  if (rank_) rank_->erase({holder.second.bytes, &holder});
  shares_.erase(shares_.find(holder.first));
  if (shares_.empty()) rank_.reset();
}

template <class Item, std::size_t (*kCost)(const Item&)>
auto FairQueue<Item, kCost>::take_first(Holder& holder) -> Popped {
  Share& share = holder.second;
  Item item = std::move(share.items.front());
  share.items.pop_front();
  --count_;
  charge(holder, share.bytes - kCost(item));
  return {std::move(item), share.bytes};
}

template <class Item, std::size_t (*kCost)(const Item&)>
auto FairQueue<Item, kCost>::pop() -> Popped {
  lanes_turn_ = !lanes_turn_;
  if (lanes_.empty() || (!common_.empty() && !lanes_turn_)) {
    std::pop_heap(common_.begin(), common_.end());
    Holder& holder = *common_.back().holder;
    common_.pop_back();
    Popped popped = take_first(holder);
    holder.second.items.empty() ? forget(holder) : push_turn(holder);
    return popped;
  }
  Holder& holder = *lanes_.front();
  lanes_.pop_front();
  Popped popped = take_first(holder);
  holder.second.items.empty() ? forget(holder) : lanes_.push_back(&holder);
  return popped;
}

template <class Item, std::size_t (*kCost)(const Item&)>
void FairQueue<Item, kCost>::set_apart(std::string_view key) {
  const auto found = shares_.find(key);
  if (found == shares_.end() || std::exchange(found->second.apart, true)) return;
  drop_turn(*found);
  lanes_.push_back(&*found);
}

template <class Item, std::size_t (*kCost)(const Item&)>
Item FairQueue<Item, kCost>::drop_last_of_largest() {
  Holder& holder = *ranking().rbegin()->second;
  Share& share = holder.second;
  Item item = std::move(share.items.back());
  share.items.pop_back();
  --count_;
  charge(holder, share.bytes - kCost(item));
  if (share.items.empty()) {
    share.apart ? std::erase(lanes_, &holder), void() : drop_turn(holder);
    forget(holder);
  }
  return item;
}

}  // namespace remaphore
