#include "io/output_queue.h"

#include <limits.h>
#include <poll.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/text.h"
#include "io/locale.h"

namespace remaphore {
namespace {

constexpr std::chrono::milliseconds kRetryPause{10};

// This thread's signal mask without the signals that ask the process to end.
sigset_t interruptible_mask() {
  sigset_t mask;
  pthread_sigmask(SIG_BLOCK, nullptr, &mask);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGQUIT}) sigdelset(&mask, signal);
  return mask;
}

timespec time_until(MonotonicTime time) {
  const MonotonicTime now = std::chrono::steady_clock::now();
  const Duration left = time > now ? Duration(time - now) : Duration(0);
  return {static_cast<time_t>(left.count() / 1'000'000'000), static_cast<long>(left.count() % 1'000'000'000)};
}

}  // namespace

void OutputQueue::add(std::string text) {
  if (error_ != 0 || text.empty()) return;
  if (target_.is_terminal() && !locale_is_utf8()) text = escape_beyond_ascii(text);
  size_ += text.size();
  if (!batches_.empty() && batches_.back().size() + text.size() <= PIPE_BUF) {
    batches_.back() += text;
  } else {
    batches_.push_back(std::move(text));
  }
}

void OutputQueue::flush() {
  while (!batches_.empty()) {
    const OutputDescriptor::Taken taken = target_.write(std::string_view(batches_.front()).substr(written_));
    if (taken.error != 0) {
      error_ = taken.error;
      batches_.clear();
      size_ = written_ = 0;
      break;
    }
    blocked_ = taken.bytes == 0;
    if (blocked_) return;
    size_ -= taken.bytes;
    written_ += taken.bytes;
    if (written_ < batches_.front().size()) continue;
    batches_.pop_front();
    written_ = 0;
  }
  blocked_ = false;
}

void OutputQueue::flush_when_writable() {
  const std::size_t before = size_;
  flush();
  // Another process was faster, or a terminal has room for less than a character: do not spin.
  if (size_ == before && blocked_) not_before_ = std::chrono::steady_clock::now() + kRetryPause;
}

void OutputQueue::finish(Deadline deadline) {
  const sigset_t mask = interruptible_mask();
  for (flush(); size_ > 0; flush_when_writable()) {
    const MonotonicTime now = std::chrono::steady_clock::now();
    if (passed(deadline, now)) return;
    const bool pausing = now < not_before_;
    const Deadline until = pausing ? earlier(deadline, not_before_) : deadline;
    const timespec timeout = until ? time_until(*until) : timespec{};
    pollfd out{target_.writable_fd(), POLLOUT, 0};
    ppoll(&out, pausing ? 0 : 1, until ? &timeout : nullptr, &mask);
  }
}

void OutputQueue::prepare(PollSet& set) {
  if (!blocked_) return;
  if (std::chrono::steady_clock::now() < not_before_) {
    set.wake_at(not_before_);
  } else {
    set.add(target_.writable_fd(), POLLOUT);
  }
}

void OutputQueue::dispatch(const PollSet& set) {
  if (blocked_ && set.ready(target_.writable_fd()) != 0) flush_when_writable();
}

}  // namespace remaphore
