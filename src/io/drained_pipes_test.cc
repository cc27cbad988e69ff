#include "io/drained_pipes.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "support/signal_sandbox.h"

namespace remaphore {
namespace {

class DrainedPipesTest : public testing::Test, public EventSource {
 protected:
  DrainedPipesTest() { loop_.add(*this); }

  // Its write end, which does not block.
  Descriptor add_pipe() {
    int ends[2];
    EXPECT_EQ(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
    closed_ += !drained_.add(Descriptor(ends[0]));
    return Descriptor(ends[1]);
  }
  void turn() { loop_.wait(MonotonicTime::min()); }

  void prepare(PollSet& set) override { drained_.prepare(set); }
  void dispatch(const PollSet& set) override { drained_.dispatch(set); }

  test::SignalSandbox sandbox_;
  Signals signals_;
  EventLoop loop_{signals_};
  DrainedPipes drained_{3};
  int closed_ = 0;
};

TEST_F(DrainedPipesTest, LetsWritersWriteOn) {
  const Descriptor first = add_pipe(), second = add_pipe();
  const std::string text(1000, 'x');
  for (int i = 0; i < 1000; ++i) {
    ASSERT_EQ(write(first.get(), text.data(), text.size()), 1000) << i;
    ASSERT_EQ(write(second.get(), text.data(), text.size()), 1000) << i;
    turn();
  }
}

TEST_F(DrainedPipesTest, ForgetsAPipeThatHasNoWriterLeft) {
  Descriptor writer = add_pipe();
  EXPECT_EQ(drained_.size(), 1u);
  writer.reset();
  turn();
  EXPECT_EQ(drained_.size(), 0u);
}

TEST_F(DrainedPipesTest, TakesNoPipeWithoutWriters) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
  close(ends[1]);
  EXPECT_TRUE(drained_.add(Descriptor(ends[0])));
  EXPECT_EQ(drained_.size(), 0u);
}

TEST_F(DrainedPipesTest, ClosesTheOldestBeyondItsBound) {
  std::vector<Descriptor> writers;
  for (int i = 0; i < 3; ++i) writers.push_back(add_pipe());
  EXPECT_EQ(closed_, 0);
  writers.push_back(add_pipe());
  EXPECT_EQ(closed_, 1);
  EXPECT_EQ(drained_.size(), 3u);
  EXPECT_EQ(write(writers[0].get(), "x", 1), -1);  // EPIPE: SIGPIPE is ignored here
  for (int i = 1; i < 4; ++i) EXPECT_EQ(write(writers[static_cast<std::size_t>(i)].get(), "x", 1), 1);
}

}  // namespace
}  // namespace remaphore
