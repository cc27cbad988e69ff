#include "support/fake_clock.h"

#include <stdexcept>
#include <utility>

namespace remaphore::test {

void FakePoller::after(Duration after, std::function<void()> event) {
  events_.emplace(clock_.monotonic() + after, std::move(event));
}

void FakePoller::wait(std::optional<MonotonicTime> deadline) {
  if (++waits_ > kMaxWaits) throw std::runtime_error("the code under test spins");
  const MonotonicTime now = clock_.monotonic();
  const auto next = events_.begin();
  const bool event_is_next = next != events_.end() && (!deadline || next->first <= *deadline);
  if (!event_is_next && !deadline) throw std::runtime_error("the code under test waits for ever");
  const MonotonicTime until = event_is_next ? next->first : *deadline;
  if (until > now) clock_.advance(until - now);
  if (!event_is_next) return;
  const auto event = std::move(next->second);
  events_.erase(next);
  event();
}

}  // namespace remaphore::test
