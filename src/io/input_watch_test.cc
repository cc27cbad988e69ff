#include "io/input_watch.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/signal_sandbox.h"

namespace remaphore {
namespace {

class InputWatchTest : public testing::Test {
 protected:
  ~InputWatchTest() override {
    dup2(saved_, STDIN_FILENO);
    close(saved_);
    if (other_ >= 0) close(other_);
  }
  // From now on standard input is this one.
  void take(int input) {
    dup2(input, STDIN_FILENO);
    close(input);
  }
  void close_other() {
    close(other_);
    other_ = -1;
  }
  // One wait, which ends at once.
  bool ends(InputWatch& watch) {
    loop_.wait(MonotonicTime::min());
    return watch.at_end();
  }

  test::SignalSandbox sandbox_;
  Signals signals_;
  EventLoop loop_{signals_};
  const int saved_ = dup(STDIN_FILENO);
  int other_ = -1;
};

TEST_F(InputWatchTest, InputIsDroppedAndTheEndOfAPipeCounts) {
  int pipe_ends[2];
  ASSERT_EQ(pipe(pipe_ends), 0);
  take(pipe_ends[0]);
  other_ = pipe_ends[1];
  InputWatch watch(signals_);
  loop_.add(watch);
  EXPECT_FALSE(ends(watch));
  ASSERT_EQ(write(other_, "x", 1), 1);
  EXPECT_FALSE(ends(watch));
  close_other();
  EXPECT_TRUE(ends(watch));
  EXPECT_TRUE(ends(watch));
}

TEST_F(InputWatchTest, TheEndOfASocketCounts) {
  int sockets[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets), 0);
  take(sockets[0]);
  other_ = sockets[1];
  InputWatch watch(signals_);
  loop_.add(watch);
  EXPECT_FALSE(ends(watch));
  close_other();
  EXPECT_TRUE(ends(watch));
}

TEST_F(InputWatchTest, TheNullDeviceOfAServiceDoesNotCount) {
  take(open("/dev/null", O_RDONLY));
  InputWatch watch(signals_);
  loop_.add(watch);
  EXPECT_FALSE(ends(watch));
}

TEST_F(InputWatchTest, ClosedStandardInputDoesNotCount) {
  close(STDIN_FILENO);
  InputWatch watch(signals_);
  loop_.add(watch);
  EXPECT_FALSE(ends(watch));
}

}  // namespace
}  // namespace remaphore
