#include "app/drain.h"

namespace remaphore {
namespace {

constexpr Duration kDrainTimeout = std::chrono::seconds(10);
constexpr Duration kDrainTimeoutWhenStopped = std::chrono::milliseconds(400);

}  // namespace

void Drain::begin() { until_ = limit(); }

void Drain::stop() {
  if (is_stopped()) return;
  end_ = End::kStopped;
  if (has_begun()) until_ = earlier(until_, limit());
}

Deadline Drain::limit() const {
  return deadline_after(clock_.monotonic(), is_stopped() ? kDrainTimeoutWhenStopped : kDrainTimeout);
}

void drain_output(const RecordOutput& output, Drain::End end, const Clock& clock, Poller& poller) {
  Drain drain(clock, end);
  drain.begin();
  while (!output.idle() && !output.failure() && !drain.is_over()) {
    if (!drain.is_stopped() && poller.stop_signal()) return;
    poller.wait(drain.until());
  }
}

}  // namespace remaphore
