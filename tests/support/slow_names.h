// A name server that answers when it is told to, and counts its questions.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace remaphore::test {

class SlowNames {
 public:
  // Copies share what they know; blocks until answer().
  std::vector<std::string> ask() const {
    std::unique_lock lock(state_->mutex);
    ++state_->questions;
    state_->changed.wait(lock, [this] { return state_->answered; });
    return state_->addresses;
  }
  void answer(std::vector<std::string> addresses) {
    const std::lock_guard lock(state_->mutex);
    state_->addresses = std::move(addresses);
    state_->answered = true;
    state_->changed.notify_all();
  }
  int questions() const {
    const std::lock_guard lock(state_->mutex);
    return state_->questions;
  }

 private:
  struct State {
    std::mutex mutex;
    std::condition_variable changed;
    bool answered = false;
    std::vector<std::string> addresses;
    int questions = 0;
  };
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

}  // namespace remaphore::test
