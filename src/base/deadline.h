// The time by which an operation must be over.
#pragma once

#include <algorithm>
#include <optional>

#include "base/time.h"

namespace remaphore {

// nullopt: never.
using Deadline = std::optional<MonotonicTime>;

// A timeout of zero means none. Saturates instead of overflowing.
inline Deadline deadline_after(MonotonicTime now, Duration timeout) {
  if (timeout.count() == 0) return std::nullopt;
  const Duration room = MonotonicTime::max() - now;
  return now + std::min(room, timeout);
}

inline Deadline earlier(Deadline a, Deadline b) {
  if (!a) return b;
  if (!b) return a;
  return std::min(*a, *b);
}

inline bool passed(Deadline deadline, MonotonicTime now) { return deadline && now >= *deadline; }

}  // namespace remaphore
