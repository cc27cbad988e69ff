#include "app/outage.h"

#include <fmt/format.h>

#include <algorithm>

namespace remaphore {

void Outage::lost(const std::string& reason, MonotonicTime heard_at) {
  const MonotonicTime now = clock_.monotonic();
  if (!since_) since_ = heard_at == MonotonicTime{} ? now : std::min(now, heard_at);
  const bool known = std::find(reasons_.begin(), reasons_.end(), reason) != reasons_.end();
  if (known || reasons_.size() >= kMaxReasons) return;
  reasons_.push_back(reason);
  log_.error(fmt::format("{}; trying again", reason));
}

Duration Outage::end() {
  reasons_.clear();
  const MonotonicTime now = clock_.monotonic();
  return now - std::exchange(since_, std::nullopt).value_or(now);
}

}  // namespace remaphore
