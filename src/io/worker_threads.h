// Workers on threads: none while there is little to do, then one for each core but ours. A thread that is idle for
// kTimeout ends, so that an idle process has one thread again.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>

#include "io/descriptor.h"
#include "io/event_loop.h"
#include "ports/workers.h"

namespace remaphore {

class WorkerThreads : public Workers, public EventSource {
 public:
  static constexpr std::size_t kBacklog = 32;  // waiting tasks that justify another thread
  static constexpr unsigned kMax = 15;
  static constexpr std::chrono::seconds kTimeout{1};

  // `most` threads: by default one less than the cores this process may use; counted when the first is needed.
  WorkerThreads() = default;
  explicit WorkerThreads(unsigned most) : most_(most) {}
  // Waits for the running tasks; drops the others.
  ~WorkerThreads() override;

  void submit(Task& task) override;
  Task* help() override;
  bool take_back(const Task& task) override;
  bool may_help() const override;
  unsigned threads() const;

  // Wakes the loop when a task is done.
  void prepare(PollSet& set) override;
  void dispatch(const PollSet& set) override;

 private:
  void start_thread();
  void work();
  void count_own();

  std::optional<unsigned> most_;
  mutable std::mutex mutex_;  // all below
  std::condition_variable changed_;
  std::deque<Task*> waiting_;
  unsigned threads_ = 0;
  bool ending_ = false;
  std::uint64_t submitted_ = 0, done_ = 0, seen_ = 0;  // tasks; seen_: done_ as the loop saw it
  bool awaited_ = false;                               // the loop sleeps: write to bell_
  Descriptor bell_;                                    // an eventfd; exists while there are threads
};

}  // namespace remaphore
