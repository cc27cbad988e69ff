// The arrival times of what waits, of which the oldest is known at once. What came in one read has the same.
#pragma once

#include <algorithm>
#include <cstddef>
#include <map>

#include "base/time.h"

namespace remaphore {

class Arrivals {
 public:
  void add(WallTime arrival) { ++times_[arrival]; }
  // Once for each add().
  void remove(WallTime arrival) {
    const auto found = times_.find(arrival);
    if (--found->second == 0) times_.erase(found);
  }
  // `otherwise` if that is older, or if there is none.
  WallTime oldest(WallTime otherwise) const {
    return times_.empty() ? otherwise : std::min(otherwise, times_.begin()->first);
  }

 private:
  std::map<WallTime, std::size_t> times_;  // and how many have it
};

}  // namespace remaphore
