#include "app/delay_queue.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <utility>

#include "core/keys.h"

namespace remaphore {
namespace {

constexpr Duration kLook = std::chrono::seconds(1);  // at the wall clock, which may be set while messages wait

Duration random_part(Duration whole) {
  std::array<std::uint8_t, sizeof(std::uint64_t)> bytes{};
  keys::random_bytes(bytes);
  std::uint64_t number = 0;
  std::memcpy(&number, bytes.data(), sizeof number);
  return Duration(static_cast<Duration::rep>(number % (static_cast<std::uint64_t>(whole.count()) + 1)));
}

}  // namespace

Duration DelayQueue::now() const {
  return delay_.after_signed.count() > 0 ? clock_.now().time_since_epoch() : clock_.monotonic().time_since_epoch();
}

Duration DelayQueue::due(const VerifiedMessage& message) const {
  if (delay_.after_signed.count() > 0) return add_saturating(message.time(), delay_.after_signed).time_since_epoch();
  const MonotonicTime now = clock_.monotonic();
  return deadline_after(now, random_part(delay_.splay)).value_or(now).time_since_epoch();
}

Duration DelayQueue::overdue(const VerifiedMessage& message) const {
  return delay_.after_signed.count() > 0 ? now() - due(message) : Duration(0);
}

void DelayQueue::add(VerifiedMessage message) {
  const Duration when = due(message);
  waiting_.emplace(when, std::move(message));
}

std::optional<VerifiedMessage> DelayQueue::take() {
  if (waiting_.empty()) return std::nullopt;
  auto first = waiting_.extract(waiting_.begin());
  return std::move(first.mapped());
}

Deadline DelayQueue::next_due() const {
  if (waiting_.empty()) return std::nullopt;
  const Duration left = std::max(waiting_.begin()->first - now(), Duration(1));
  return deadline_after(clock_.monotonic(), delay_.after_signed.count() > 0 ? std::min(left, kLook) : left);
}

}  // namespace remaphore
