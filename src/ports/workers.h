// Worker threads, for self-contained work: signatures and their checks. Each task is run once, as a whole,
// on some thread; everything else stays on the thread that submits it.
#pragma once

#include <atomic>
#include <cstddef>

namespace remaphore {

class Task {
 public:
  virtual ~Task() = default;
  // What run() wrote may be read once this is true.
  bool done() const { return done_.load(std::memory_order_acquire); }
  virtual std::size_t bytes() const = 0;  // of the message that it is about
  // Called by the thread that runs the task. Does not touch the task after done() has become true.
  void perform() {
    run();
    done_.store(true, std::memory_order_release);
  }

 protected:
  virtual void run() noexcept = 0;

 private:
  std::atomic<bool> done_ = false;
};

class Workers {
 public:
  virtual ~Workers() = default;
  // Tasks start in order; `task` must live until it is done.
  virtual void submit(Task& task) = 0;
  // Runs the oldest task that has not started, on this thread, and returns it; nullptr: there is none.
  virtual Task* help() = 0;
  // Takes back a task that has not started. False: it has started, or is not in here.
  virtual bool take_back(const Task& task) = 0;
  // Whether a task has not started.
  virtual bool may_help() const = 0;
};

}  // namespace remaphore
