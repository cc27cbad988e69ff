#include "io/event_loop.h"

#include <time.h>

#include <algorithm>

namespace remaphore {

short PollSet::ready(int fd) const {
  for (const pollfd& one : descriptors_) {
    if (one.fd == fd && fd >= 0) return one.revents;
  }
  return 0;
}

void EventLoop::wait(std::optional<MonotonicTime> deadline) {
  set_.descriptors_.clear();
  set_.wake_ = deadline;
  if (signals_.fd() >= 0) set_.add(signals_.fd(), POLLIN);
  for (EventSource* source : sources_) source->prepare(set_);

  timespec timeout{};
  if (set_.wake_) {
    const MonotonicTime now = std::chrono::steady_clock::now();
    const Duration left = *set_.wake_ > now ? Duration(*set_.wake_ - now) : Duration(0);  // may lie far in the past
    timeout.tv_sec = static_cast<time_t>(left.count() / 1'000'000'000);
    timeout.tv_nsec = static_cast<long>(left.count() % 1'000'000'000);
  }
  if (ppoll(set_.descriptors_.data(), set_.descriptors_.size(), set_.wake_ ? &timeout : nullptr, nullptr) < 0) {
    for (pollfd& one : set_.descriptors_) one.revents = 0;  // EINTR, ENOMEM: as if nothing had happened
  }
  if (set_.ready(signals_.fd()) != 0) signals_.read();
  for (EventSource* source : sources_) source->dispatch(set_);
}

}  // namespace remaphore
