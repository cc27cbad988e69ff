#include "io/worker_threads.h"

#include <sched.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <system_error>

namespace remaphore {
namespace {

unsigned cores() {
  cpu_set_t set;
  return sched_getaffinity(0, sizeof set, &set) == 0 ? static_cast<unsigned>(CPU_COUNT(&set)) : 1;
}

}  // namespace

WorkerThreads::~WorkerThreads() {
  std::unique_lock lock(mutex_);
  ending_ = true;
  waiting_.clear();
  changed_.notify_all();
  changed_.wait(lock, [this] { return threads_ == 0; });
}

void WorkerThreads::submit(Task& task) {
  const std::lock_guard lock(mutex_);
  waiting_.push_back(&task);
  ++submitted_;
  if (waiting_.size() > kBacklog * (threads_ + 1)) start_thread();
  if (threads_ > 0) changed_.notify_one();
}

// If memory or threads are not available, the caller's thread does all the work.
void WorkerThreads::start_thread() {
  if (!most_) most_ = std::clamp(cores(), 1u, kMax + 1) - 1;
  if (threads_ >= *most_) return;
  if (!bell_) bell_.reset(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!bell_) return;
  try {
    std::thread(&WorkerThreads::work, this).detach();
    ++threads_;
  } catch (const std::system_error&) {
    most_ = threads_;
  }
}

void WorkerThreads::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait_for(lock, kTimeout, [this] { return ending_ || !waiting_.empty(); });
    if (waiting_.empty()) break;
    Task* const task = waiting_.front();
    waiting_.pop_front();
    lock.unlock();
    task->perform();
    lock.lock();
    ++done_;
    if (!awaited_) continue;
    awaited_ = false;
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t rung = write(bell_.get(), &one, sizeof one);
  }
  if (--threads_ == 0) bell_.reset();
  changed_.notify_all();
}

Task* WorkerThreads::help() {
  Task* task = nullptr;
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.empty()) return nullptr;
    task = waiting_.front();
    waiting_.pop_front();
    count_own();
  }
  task->perform();
  return task;
}

bool WorkerThreads::take_back(const Task& task) {
  const std::lock_guard lock(mutex_);
  const auto found = std::find(waiting_.begin(), waiting_.end(), &task);
  if (found == waiting_.end()) return false;
  waiting_.erase(found);
  count_own();
  return true;
}

// A task that our own thread runs, of which it need not be notified.
void WorkerThreads::count_own() {
  ++done_;
  ++seen_;
}

bool WorkerThreads::may_help() const {
  const std::lock_guard lock(mutex_);
  return !waiting_.empty();
}

unsigned WorkerThreads::threads() const {
  const std::lock_guard lock(mutex_);
  return threads_;
}

void WorkerThreads::prepare(PollSet& set) {
  const std::lock_guard lock(mutex_);
  if (done_ != seen_) set.wake_at(MonotonicTime::min());
  if (done_ == submitted_ || !bell_) return;
  awaited_ = true;
  set.add(bell_.get(), POLLIN);
}

void WorkerThreads::dispatch(const PollSet& set) {
  const std::lock_guard lock(mutex_);
  seen_ = done_;
  awaited_ = false;
  std::uint64_t rings = 0;
  if (bell_ && set.ready(bell_.get()) != 0) {
    [[maybe_unused]] const ssize_t got = read(bell_.get(), &rings, sizeof rings);
  }
}

}  // namespace remaphore
