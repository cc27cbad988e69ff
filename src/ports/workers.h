// More cores, for work that needs nothing but itself, as signature checks do. What is handed over is run once, whole,
// on some thread; everything else stays on the one that hands it over.
#pragma once

#include <atomic>

namespace remaphore {

class Task {
 public:
  virtual ~Task() = default;
  // What run() wrote may be read once this is true.
  bool done() const { return done_.load(std::memory_order_acquire); }
  // For whoever runs tasks. Touches nothing of the task after done() has become true.
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
  // In order; `task` lives until it is done.
  virtual void submit(Task& task) = 0;
  // Runs the oldest task that nobody has begun, here, and returns it; nullptr: there is none.
  virtual Task* help() = 0;
  // Whether there is one.
  virtual bool may_help() const = 0;
};

}  // namespace remaphore
