// Workers that work when told to, from the newest task backwards.
#pragma once

#include <deque>

#include "ports/workers.h"

namespace remaphore::test {

class FakeWorkers : public Workers {
 public:
  void submit(Task& task) override { waiting.push_back(&task); }
  Task* help() override {
    if (waiting.empty()) return nullptr;
    Task* const task = waiting.front();
    waiting.pop_front();
    task->perform();
    ++helped;
    return task;
  }
  bool take_back(const Task& task) override { return std::erase(waiting, &task) > 0; }
  bool may_help() const override { return !waiting.empty(); }
  void work_backwards(std::size_t count) {
    for (; count > 0 && !waiting.empty(); --count) {
      waiting.back()->perform();
      waiting.pop_back();
    }
  }
  void take(std::size_t count) {  // begun elsewhere, not done yet
    for (; count > 0; --count) {
      begun.push_back(waiting.front());
      waiting.pop_front();
    }
  }
  void finish() {
    for (Task* task : begun) task->perform();
    begun.clear();
  }

  std::deque<Task*> waiting, begun;
  int helped = 0;
};

}  // namespace remaphore::test
