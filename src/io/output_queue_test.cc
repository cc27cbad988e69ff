#include "io/output_queue.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <chrono>
#include <string>

#include "io/signals.h"
#include "support/signal_sandbox.h"

namespace remaphore {
namespace {

using std::chrono::steady_clock;

constexpr auto kNoWait = std::chrono::milliseconds(500);  // generous: a write that blocked would never come back

struct Ends {
  Descriptor reader, writer;
};

Ends pipe_ends() {
  int ends[2];
  EXPECT_EQ(pipe(ends), 0);
  fcntl(ends[0], F_SETFL, O_NONBLOCK);
  return {Descriptor(ends[0]), Descriptor(ends[1])};
}

Ends socket_ends() {
  int ends[2];
  EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  fcntl(ends[0], F_SETFL, O_NONBLOCK);
  return {Descriptor(ends[0]), Descriptor(ends[1])};
}

Ends terminal_ends() {
  Descriptor leader(posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK));
  EXPECT_EQ(grantpt(leader.get()), 0);
  EXPECT_EQ(unlockpt(leader.get()), 0);
  Descriptor follower(open(ptsname(leader.get()), O_RDWR | O_NOCTTY));
  termios settings{};
  tcgetattr(follower.get(), &settings);
  cfmakeraw(&settings);
  tcsetattr(follower.get(), TCSANOW, &settings);
  return {std::move(leader), std::move(follower)};
}

// Everything that can be read now.
std::string taken(const Descriptor& reader) {
  std::string all;
  char buffer[65536];
  for (ssize_t got; (got = read(reader.get(), buffer, sizeof buffer)) > 0;)
    all.append(buffer, static_cast<std::size_t>(got));
  return all;
}

// Unless `reopens`, behaves as if there were no /proc. Otherwise examines the descriptor now.
void settle(OutputQueue& queue, bool reopens) {
  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  const rlimit none{0, before.rlim_max};
  if (!reopens) setrlimit(RLIMIT_NOFILE, &none);
  const int fd = queue.target().writable_fd();
  setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_EQ(fd != queue.target().fd(), reopens);
}

// Adds text until it accepts no more, in the time that a loop can spare.
std::string fill(OutputQueue& queue) {
  std::string all;
  const auto start = steady_clock::now();
  for (int i = 0; !queue.blocked(); ++i) {
    const std::string text = std::to_string(i) + std::string(3000, static_cast<char>('a' + i % 26)) + "\n";
    queue.add(text);
    all += text;
    queue.flush();
    if (steady_clock::now() - start > std::chrono::seconds(60)) break;
  }
  return all;
}

class OutputQueueTest : public testing::Test {
 protected:
  // A slow reader gets exactly what was added, and the loop never waits for it.
  void expect_all_arrives(const Ends& ends, OutputQueue& queue) {
    EventLoop loop(signals_);
    loop.add(queue);
    const std::string all = fill(queue);
    EXPECT_TRUE(queue.blocked());
    const auto start = steady_clock::now();
    queue.flush();
    EXPECT_LT(steady_clock::now() - start, kNoWait);
    std::string got;
    while (queue.size() > 0) {
      got += taken(ends.reader);
      loop.wait(steady_clock::now() + std::chrono::seconds(1));
    }
    while (got.size() < all.size()) {
      const std::string more = taken(ends.reader);
      if (more.empty()) break;
      got += more;
    }
    EXPECT_TRUE(got == all) << got.size() << " of " << all.size();
    EXPECT_EQ(queue.error(), 0);
  }

  test::SignalSandbox sandbox_;
  Signals signals_;
};

TEST_F(OutputQueueTest, NeverWaitsForAPipe) {
  const Ends ends = pipe_ends();
  OutputQueue queue(ends.writer.get());
  expect_all_arrives(ends, queue);
}

TEST_F(OutputQueueTest, NeverWaitsForASocket) {
  const Ends ends = socket_ends();
  OutputQueue queue(ends.writer.get());
  expect_all_arrives(ends, queue);
}

TEST_F(OutputQueueTest, NeverWaitsForATerminal) {
  const Ends ends = terminal_ends();
  OutputQueue queue(ends.writer.get());
  expect_all_arrives(ends, queue);
}

TEST_F(OutputQueueTest, NeverWaitsForAPipeThatCannotBeOpenedAgain) {
  const Ends ends = pipe_ends();
  OutputQueue queue(ends.writer.get());
  settle(queue, false);
  expect_all_arrives(ends, queue);
}

TEST_F(OutputQueueTest, NeverWaitsForATerminalThatCannotBeOpenedAgain) {
  const Ends ends = terminal_ends();
  OutputQueue queue(ends.writer.get());
  settle(queue, false);
  expect_all_arrives(ends, queue);
}

TEST_F(OutputQueueTest, LeavesTheModeThatOthersShareAsItIs) {
  for (const Ends& ends : {pipe_ends(), socket_ends(), terminal_ends()}) {
    OutputQueue queue(ends.writer.get());
    fill(queue);
    EXPECT_EQ(fcntl(ends.writer.get(), F_GETFL) & O_NONBLOCK, 0);
  }
}

TEST_F(OutputQueueTest, WritesToADescriptorThatIsNonBlocking) {
  const Ends ends = pipe_ends();
  fcntl(ends.writer.get(), F_SETFL, O_NONBLOCK);
  OutputQueue queue(ends.writer.get());
  settle(queue, false);
  expect_all_arrives(ends, queue);
}

TEST_F(OutputQueueTest, NeverWaitsForATerminalThatWasStopped) {
  for (const bool reopens : {true, false}) {
    const Ends ends = terminal_ends();
    OutputQueue queue(ends.writer.get());
    settle(queue, reopens);
    ASSERT_EQ(tcflow(ends.writer.get(), TCOOFF), 0);
    const auto start = steady_clock::now();
    queue.add("one\n");
    queue.flush();
    queue.add("two\n");
    queue.flush();
    EXPECT_LT(steady_clock::now() - start, kNoWait);
    EXPECT_TRUE(queue.blocked());
    EXPECT_EQ(taken(ends.reader), "");
    ASSERT_EQ(tcflow(ends.writer.get(), TCOON), 0);
    queue.finish(steady_clock::now() + std::chrono::seconds(10));
    EXPECT_EQ(queue.size(), 0u);
    EXPECT_EQ(taken(ends.reader), "one\ntwo\n");
  }
}

// A pipe that another process keeps full: poll(2) says that it is writable, and a moment later it is not.
TEST_F(OutputQueueTest, NeverWaitsForAPipeThatAnotherProcessFills) {
  for (const bool reopens : {true, false}) {
    const Ends ends = pipe_ends();
    const pid_t other = fork();
    if (other == 0) {
      const std::string noise(PIPE_BUF, '.');
      while (write(ends.writer.get(), noise.data(), noise.size()) > 0) {
      }
      _exit(0);
    }
    OutputQueue queue(ends.writer.get());
    settle(queue, reopens);
    std::string got;
    {
      steady_clock::duration longest{};
      for (int i = 0; i < 2000; ++i) {
        queue.add(std::string(100, 'r') + "\n");
        const auto start = steady_clock::now();
        queue.flush();
        longest = std::max(longest, steady_clock::now() - start);
        char buffer[PIPE_BUF];  // the reader takes a page at a time, and the two of us compete for its place
        const ssize_t size = read(ends.reader.get(), buffer, sizeof buffer);
        got.append(buffer, static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
      }
      EXPECT_LT(longest, kNoWait);
    }
    kill(other, SIGKILL);
    waitpid(other, nullptr, 0);
    got += taken(ends.reader);
    queue.flush();
    got += taken(ends.reader);
    // Whole records only: none was cut by the other's bytes.
    for (std::size_t at = got.find('r'); at != std::string::npos; at = got.find('r', at + 101)) {
      ASSERT_EQ(got.substr(at, 101), std::string(100, 'r') + "\n");
    }
  }
}

TEST_F(OutputQueueTest, LosesWhatWaitsForAReaderThatHasGone) {
  for (const bool reopens : {true, false}) {
    Ends ends = pipe_ends();
    OutputQueue queue(ends.writer.get());
    settle(queue, reopens);
    ends.reader.reset();
    queue.add("x\n");
    queue.flush();
    EXPECT_EQ(queue.error(), EPIPE);
    EXPECT_EQ(queue.size(), 0u);
    queue.add("y\n");
    EXPECT_EQ(queue.size(), 0u);
  }
}

TEST_F(OutputQueueTest, GivesUpAtTheDeadline) {
  const Ends ends = pipe_ends();
  OutputQueue queue(ends.writer.get());
  fill(queue);
  queue.finish(steady_clock::now() + std::chrono::milliseconds(20));
  EXPECT_GT(queue.size(), 0u);
  EXPECT_EQ(queue.error(), 0);
}

TEST_F(OutputQueueTest, EndsByASignalWhileItWaitsOutsideTheLoop) {
  const Ends ends = pipe_ends();
  const pid_t child = fork();
  if (child == 0) {
    OutputQueue queue(ends.writer.get());
    fill(queue);
    queue.finish(std::nullopt);
    _exit(0);
  }
  kill(child, SIGTERM);  // blocked there, as here, until it waits
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
}

TEST_F(OutputQueueTest, LeavesNoPendingSignalWhereATimerInterruptsIt) {
  struct sigaction before {};
  sigaction(SIGRTMIN, nullptr, &before);
  const Ends ends = terminal_ends();
  OutputQueue queue(ends.writer.get());
  settle(queue, false);
  fill(queue);
  struct sigaction after {};
  sigaction(SIGRTMIN, nullptr, &after);
  EXPECT_EQ(after.sa_handler, before.sa_handler);
  sigset_t mask, pending;
  sigprocmask(SIG_BLOCK, nullptr, &mask);
  sigpending(&pending);
  EXPECT_FALSE(sigismember(&mask, SIGRTMIN));
  EXPECT_FALSE(sigismember(&pending, SIGRTMIN));
}

TEST_F(OutputQueueTest, EscapesBeyondAsciiOnATerminalThatDoesNotReadUtf8) {
  const Ends ends = terminal_ends();
  const Ends other = pipe_ends();
  for (const char* locale : {"C", "C.UTF-8"}) {
    setenv("LC_ALL", locale, 1);
    OutputQueue queue(ends.writer.get()), piped(other.writer.get());
    queue.add("\u259b1m\n");  // its last byte is 9b, which begins a control sequence
    queue.flush();
    EXPECT_EQ(taken(ends.reader), locale == std::string("C") ? "\\xe2\\x96\\x9b1m\n" : "\u259b1m\n");
    piped.add("\u259b1m\n");
    piped.flush();
    EXPECT_EQ(taken(other.reader), "\u259b1m\n");
  }
  unsetenv("LC_ALL");
}

}  // namespace
}  // namespace remaphore
