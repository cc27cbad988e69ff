#include "io/status_line.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <string>

#include "support/recording_log.h"
#include "support/signal_sandbox.h"

namespace remaphore {
namespace {

// Standard error is a terminal of 40 columns while a test runs.
class StatusLineTest : public testing::Test {
 protected:
  StatusLineTest() {
    leader_ = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK);
    EXPECT_EQ(grantpt(leader_), 0);
    EXPECT_EQ(unlockpt(leader_), 0);
    const int follower = open(ptsname(leader_), O_RDWR | O_NOCTTY);
    const winsize size{24, 40, 0, 0};
    EXPECT_EQ(ioctl(follower, TIOCSWINSZ, &size), 0);
    saved_ = dup(STDERR_FILENO);
    dup2(follower, STDERR_FILENO);
    close(follower);
    setenv("TERM", "xterm", 1);
    setenv("LC_ALL", "C.UTF-8", 1);
  }
  ~StatusLineTest() override {
    dup2(saved_, STDERR_FILENO);
    close(saved_);
    close(leader_);
  }

  // What is drawn by the next wait.
  std::string drawn(StatusLine& line) {
    PollSet set;
    line.prepare(set);
    return taken();
  }
  std::string taken() {
    std::string all;
    char buffer[4096];
    for (ssize_t got; (got = read(leader_, buffer, sizeof buffer)) > 0;)
      all.append(buffer, static_cast<std::size_t>(got));
    return all;
  }
  static bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }
  void come(StatusLine& line, int signal) {
    raise(signal);
    signals_.read();
    PollSet set;
    line.dispatch(set);
  }

  test::SignalSandbox sandbox_;
  Signals signals_;
  test::RecordingLog log_;
  OutputQueue queue_{STDERR_FILENO};
  int leader_ = -1, saved_ = -1;
};

TEST_F(StatusLineTest, DrawsALineOnceAndAgainWhenItHasChanged) {
  StatusLine line(*Terminal::on_stderr(queue_), signals_, log_);
  EXPECT_EQ(drawn(line), "");
  line.show("waiting: 2 ahead");
  EXPECT_TRUE(has(drawn(line), "waiting: 2 ahead"));
  line.show("waiting: 2 ahead");
  EXPECT_EQ(drawn(line), "");
  line.show("waiting: 1 ahead");
  EXPECT_TRUE(has(drawn(line), "waiting: 1 ahead"));
}

TEST_F(StatusLineTest, IsShortenedToFit) {
  StatusLine line(*Terminal::on_stderr(queue_), signals_, log_);
  line.show("waiting: " + std::string(60, 'x'));
  const std::string text = drawn(line);
  EXPECT_TRUE(has(text, "waiting: xxx"));
  EXPECT_FALSE(has(text, std::string(32, 'x')));
}

TEST_F(StatusLineTest, StepsAsideForALineOfTheLogAndComesBackBelowIt) {
  StatusLine line(*Terminal::on_stderr(queue_), signals_, log_);
  line.show("waiting");
  drawn(line);
  line.log().notice("something");
  EXPECT_TRUE(has(taken(), "\x1b[K")) << "erased first";
  EXPECT_EQ(log_.count("something"), 1u);
  EXPECT_TRUE(has(drawn(line), "waiting"));
  line.log().verbose("not shown");
  EXPECT_EQ(taken(), "");
}

TEST_F(StatusLineTest, IsErasedForGood) {
  StatusLine line(*Terminal::on_stderr(queue_), signals_, log_);
  line.show("waiting");
  drawn(line);
  line.clear();
  EXPECT_TRUE(has(taken(), "\x1b[K"));
  EXPECT_EQ(drawn(line), "");
}

TEST_F(StatusLineTest, IsDrawnAgainAfterAResizeAndAfterTheShellHadTheTerminal) {
  StatusLine line(*Terminal::on_stderr(queue_), signals_, log_);
  line.show("waiting");
  drawn(line);
  for (const int signal : {SIGWINCH, SIGCONT}) {
    come(line, signal);
    EXPECT_TRUE(has(drawn(line), "waiting")) << signal;
  }
}

TEST_F(StatusLineTest, WithoutALineItLeavesSuchSignalsToOthers) {
  StatusLine line(*Terminal::on_stderr(queue_), signals_, log_);
  come(line, SIGWINCH);
  EXPECT_TRUE(signals_.take_resized());
}

}  // namespace
}  // namespace remaphore
