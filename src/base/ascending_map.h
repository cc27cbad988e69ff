// A map for keys that are added, and mostly removed, in ascending order, such as request tickets. It does not allocate
// for each entry. Finding an entry is a binary search; taking one that is not the first moves others.
#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <optional>
#include <utility>

namespace remaphore {

template <class Key, class Value>
class AscendingMap {
 public:
  // `key` must be greater than every key in the map. The reference is valid until the next change.
  Value& add(Key key, Value value) { return entries_.emplace_back(key, std::move(value)).second; }

  Value* find(Key key) {
    const auto found = position(key);
    return found == entries_.end() ? nullptr : &found->second;
  }
  std::optional<Value> take(Key key) {
    const auto found = position(key);
    if (found == entries_.end()) return std::nullopt;
    std::optional<Value> value(std::move(found->second));
    entries_.erase(found);
    return value;
  }
  void clear() { entries_.clear(); }

  std::size_t size() const { return entries_.size(); }
  bool empty() const { return entries_.empty(); }
  // Pairs of key and value, in ascending order.
  auto begin() const { return entries_.begin(); }
  auto end() const { return entries_.end(); }

 private:
  using Entries = std::deque<std::pair<Key, Value>>;
  typename Entries::iterator position(Key key) {
    const auto below = [](const auto& entry, Key wanted) { return entry.first < wanted; };
    const auto found = std::lower_bound(entries_.begin(), entries_.end(), key, below);
    return found == entries_.end() || found->first != key ? entries_.end() : found;
  }

  Entries entries_;
};

}  // namespace remaphore
