// The two kinds of time, kept apart by type: peers sign wall time, deadlines use monotonic time.
#pragma once

#include <chrono>
#include <cstdint>

namespace remaphore {

using Duration = std::chrono::nanoseconds;

// Nanoseconds since the Unix epoch. A peer may send any signed 64-bit value: compare with distance(), never subtract.
using WallTime = std::chrono::sys_time<std::chrono::nanoseconds>;

// CLOCK_MONOTONIC: unaffected by steps of the wall clock.
using MonotonicTime = std::chrono::steady_clock::time_point;

// |a - b| without overflow, saturating at the greatest duration.
inline Duration distance(WallTime a, WallTime b) {
  std::int64_t difference = 0;
  const std::int64_t later = a > b ? a.time_since_epoch().count() : b.time_since_epoch().count();
  const std::int64_t earlier = a > b ? b.time_since_epoch().count() : a.time_since_epoch().count();
  if (__builtin_sub_overflow(later, earlier, &difference)) return Duration::max();
  return Duration(difference);
}

// time + duration, saturating at the last representable time; `duration` is not negative.
inline WallTime add_saturating(WallTime time, Duration duration) {
  std::int64_t sum = 0;
  if (__builtin_add_overflow(time.time_since_epoch().count(), duration.count(), &sum)) return WallTime::max();
  return WallTime(Duration(sum));
}

// time - duration, saturating at the first representable time; `duration` is not negative.
inline WallTime subtract_saturating(WallTime time, Duration duration) {
  std::int64_t difference = 0;
  if (__builtin_sub_overflow(time.time_since_epoch().count(), duration.count(), &difference)) return WallTime::min();
  return WallTime(Duration(difference));
}

}  // namespace remaphore
