// The arrival times of waiting messages; finds the oldest at once. Messages of one read share their time.
#pragma once

#include <algorithm>
#include <cstddef>
#include <map>

#include "base/time.h"

namespace remaphore {

class ArrivalTimes {
 public:
  void add(WallTime arrival) { ++times_[arrival]; }
  // Once for each add().
  void remove(WallTime arrival) {
    const auto found = times_.find(arrival);
    if (--found->second == 0) times_.erase(found);
  }
  // The earlier of the oldest arrival and `otherwise`.
  WallTime oldest(WallTime otherwise) const {
    return times_.empty() ? otherwise : std::min(otherwise, times_.begin()->first);
  }

 private:
  std::map<WallTime, std::size_t> times_;  // and how many messages have it
};

}  // namespace remaphore
