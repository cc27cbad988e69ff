#include "io/worker_threads.h"

#include <gtest/gtest.h>

#include <atomic>
#include <deque>
#include <filesystem>
#include <thread>

#include "io/signals.h"
#include "support/signal_sandbox.h"

namespace remaphore {
namespace {

class Count : public Task {
 public:
  explicit Count(std::atomic<int>& runs) : runs_(runs) {}
  std::size_t bytes() const override { return 0; }

 private:
  void run() noexcept override { ++runs_; }
  std::atomic<int>& runs_;
};

class WorkerThreadsTest : public testing::Test {
 protected:
  void submit(Workers& workers, int count) {
    for (int i = 0; i < count; ++i) workers.submit(tasks_.emplace_back(runs_));
  }
  bool all_done() const {
    for (const Count& task : tasks_) {
      if (!task.done()) return false;
    }
    return true;
  }

  test::SignalSandbox sandbox_;
  Signals signals_;
  EventLoop loop_{signals_};
  std::atomic<int> runs_ = 0;
  std::deque<Count> tasks_;
};

TEST_F(WorkerThreadsTest, HaveNoThreadForLittle) {
  WorkerThreads workers(4);
  submit(workers, static_cast<int>(WorkerThreads::kBacklog));
  EXPECT_EQ(workers.threads(), 0u);
  EXPECT_FALSE(all_done());
  while (workers.help() != nullptr) {
  }
  EXPECT_TRUE(all_done());
  EXPECT_FALSE(workers.may_help());
}

TEST_F(WorkerThreadsTest, RunEachTaskOnceAndWakeTheLoop) {
  WorkerThreads workers(3);
  loop_.add(workers);
  submit(workers, 1000);
  EXPECT_GE(workers.threads(), 1u);
  EXPECT_LE(workers.threads(), 3u);
  while (!all_done()) loop_.wait(std::nullopt);  // the threads do it all; without the bell this would sleep for ever
  EXPECT_EQ(runs_, 1000);
}

TEST_F(WorkerThreadsTest, ShareTheWorkWithAThreadThatHelps) {
  WorkerThreads workers(1);
  loop_.add(workers);
  submit(workers, 2000);
  while (const Task* helped = workers.help()) EXPECT_TRUE(helped->done());
  while (!all_done()) loop_.wait(std::nullopt);
  EXPECT_EQ(runs_, 2000);
}

TEST_F(WorkerThreadsTest, StartNoneWhereThereIsNoOtherCore) {
  WorkerThreads workers(0);
  submit(workers, 200);
  EXPECT_EQ(workers.threads(), 0u);
  EXPECT_EQ(workers.help(), &tasks_.front());  // the oldest first
}

TEST_F(WorkerThreadsTest, GiveBackWhatHasNotStarted) {
  WorkerThreads workers(0);
  submit(workers, 3);
  EXPECT_TRUE(workers.take_back(tasks_[1]));
  EXPECT_FALSE(workers.take_back(tasks_[1]));
  EXPECT_EQ(workers.help(), &tasks_[0]);
  EXPECT_FALSE(workers.take_back(tasks_[0]));
  EXPECT_EQ(workers.help(), &tasks_[2]);
  EXPECT_EQ(workers.help(), nullptr);
  EXPECT_FALSE(tasks_[1].done());
  EXPECT_EQ(runs_, 2);
  EXPECT_FALSE(workers.may_help());
}

TEST_F(WorkerThreadsTest, LeaveNoDescriptorOpenWhenTheyAreIdle) {
  const auto descriptors = [] {
    return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), std::filesystem::directory_iterator());
  };
  const auto before = descriptors();
  WorkerThreads workers(2);
  submit(workers, 500);
  EXPECT_EQ(descriptors(), before + 1);
  while (workers.threads() > 0) std::this_thread::yield();
  EXPECT_TRUE(all_done());
  EXPECT_EQ(descriptors(), before);
}

TEST_F(WorkerThreadsTest, EndWithTheirOwner) {
  {
    WorkerThreads workers(2);
    submit(workers, 500);
  }
  const int at_the_end = runs_;
  EXPECT_LE(at_the_end, 500);
  for (const Count& task : tasks_) EXPECT_TRUE(task.done() || runs_ == at_the_end);
}

}  // namespace
}  // namespace remaphore
