#include "io/progress_display.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include <string>

#include "io/stderr_terminal_fixture.h"
#include "support/fake_clock.h"
#include "support/fake_output.h"
#include "support/recording_log.h"
#include "support/signal_sandbox.h"

namespace remaphore {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Standard error is a terminal of 80 by 24 while a test runs.
class ProgressDisplayTest : public testing::Test {
 protected:
  ProgressDisplayTest() {
    setenv("NO_COLOR", "1", 1);
    output_.terminal = true;
  }

  std::string taken() const { return terminal_.taken(); }
  std::string taken_after(ProgressDisplay& display, Duration time) {
    clock_.advance(time);
    PollSet set;
    display.prepare(set);
    return taken();
  }
  static bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

  test::SignalSandbox sandbox_;
  Signals signals_;
  test::FakeClock clock_;
  test::FakeOutput output_;
  test::RecordingLog log_;
  const Peer left_{"com.left", "1", {}, 1}, right_{"com.right", "2", {}, 2}, other_{"com.other", "3", {}, 3};
  const test::StderrTerminal terminal_{80};
  OutputQueue queue_{STDERR_FILENO};
};

TEST_F(ProgressDisplayTest, DrawsNothingBeforeANodeWasAsked) {
  ProgressDisplay display(*Terminal::on_stderr(queue_), signals_, clock_, output_, log_);
  EXPECT_EQ(taken_after(display, seconds(5)), "");
  display.ended(false);
  EXPECT_EQ(taken(), "");
}

TEST_F(ProgressDisplayTest, DrawsTenTimesASecondAtMost) {
  ProgressDisplay display(*Terminal::on_stderr(queue_), signals_, clock_, output_, log_);
  display.asked({&left_, &right_}, seconds(9));
  EXPECT_TRUE(has(taken_after(display, Duration(0)), "0 of 2 answered, 2 waiting, 0s of 9s"));
  display.answered(left_, "0", milliseconds(10));
  EXPECT_EQ(taken_after(display, milliseconds(10)), "");
  EXPECT_EQ(taken_after(display, milliseconds(89)), "");
  EXPECT_TRUE(has(taken_after(display, milliseconds(1)), "1 of 2 answered, 1 waiting"));
  EXPECT_EQ(taken_after(display, milliseconds(500)), "");
}

TEST_F(ProgressDisplayTest, DrawsOnceASecondForTheClock) {
  ProgressDisplay display(*Terminal::on_stderr(queue_), signals_, clock_, output_, log_);
  display.asked({&left_}, std::nullopt);
  taken_after(display, Duration(0));
  EXPECT_EQ(taken_after(display, milliseconds(999)), "");
  EXPECT_TRUE(has(taken_after(display, milliseconds(1)), "1 waiting, 1s"));
  EXPECT_EQ(taken_after(display, milliseconds(999)), "");
  EXPECT_TRUE(has(taken_after(display, milliseconds(1)), "1 waiting, 2s"));
}

TEST_F(ProgressDisplayTest, WritesAPictureInOnePieceInThePlaceOfTheLast) {
  ProgressDisplay display(*Terminal::on_stderr(queue_), signals_, clock_, output_, log_);
  display.asked({&left_, &right_}, std::nullopt);
  const std::string first = taken_after(display, Duration(0));
  EXPECT_EQ(first.find("\x1b[?25l\r"), 0u);  // nothing to go back over
  EXPECT_EQ(first.substr(first.size() - 9), "\r\r\n\x1b[?25h");
  display.answered(right_, "7", milliseconds(10));
  EXPECT_EQ(taken_after(display, seconds(1)).find("\x1b[?25l\x1b[3A\r"), 0u);
}

TEST_F(ProgressDisplayTest, StepsAsideForALineAndComesBackBelowIt) {
  ProgressDisplay display(*Terminal::on_stderr(queue_), signals_, clock_, output_, log_);
  display.asked({&left_}, std::nullopt);
  taken_after(display, Duration(0));
  display.log().error("something");
  EXPECT_EQ(taken(), "\x1b[?25l\x1b[2A\r\x1b[K\r\n\x1b[K\r\n\x1b[K\x1b[2A\x1b[?25h");
  EXPECT_TRUE(log_.count("something"));
  display.log().verbose("not shown");
  EXPECT_EQ(taken(), "");
  EXPECT_TRUE(has(taken_after(display, milliseconds(1)), "0 of 1 answered"));
}

TEST_F(ProgressDisplayTest, WaitsWhileHalfARecordMayStandOnTheScreen) {
  ProgressDisplay display(*Terminal::on_stderr(queue_), signals_, clock_, output_, log_);
  display.asked({&left_}, std::nullopt);
  output_.stuck = true;
  display.records().write("a record\n");
  EXPECT_EQ(taken_after(display, seconds(3)), "");
  output_.unstick();
  EXPECT_TRUE(has(taken_after(display, Duration(0)), "0 of 1 answered"));
}

TEST_F(ProgressDisplayTest, KeepsItsOrderOnATerminalThatWasStopped) {
  ProgressDisplay display(*Terminal::on_stderr(queue_), signals_, clock_, output_, log_);
  display.asked({&left_}, std::nullopt);
  ASSERT_EQ(tcflow(STDERR_FILENO, TCOOFF), 0);
  EXPECT_EQ(taken_after(display, Duration(0)), "");  // the picture is delayed, and nothing waits for it
  display.records().write("a record\n");
  EXPECT_EQ(output_.written, "");
  EXPECT_FALSE(display.records().idle());
  EXPECT_FALSE(display.records().may_write());
  EXPECT_EQ(taken_after(display, seconds(9)), "");
  ASSERT_EQ(tcflow(STDERR_FILENO, TCOON), 0);
  queue_.flush();
  const std::string first = taken();
  EXPECT_TRUE(has(first, "0 of 1 answered"));
  EXPECT_EQ(first.substr(first.size() - 23), "\x1b[K\r\n\x1b[K\r\n\x1b[K\x1b[2A\x1b[?25h");  // and was taken away again
  EXPECT_TRUE(has(taken_after(display, seconds(1)), "0 of 1 answered"));
  EXPECT_EQ(output_.written, "a record\n");
  EXPECT_TRUE(display.records().idle());
}

TEST_F(ProgressDisplayTest, CountsTheFirstAnswerUnlessALaterOneFailed) {
  ProgressDisplay display(*Terminal::on_stderr(queue_), signals_, clock_, output_, log_);
  display.asked({&left_, &right_}, std::nullopt);
  display.answered(other_, "1", milliseconds(1));  // asked, but not awaited
  display.answered(left_, "0", milliseconds(2));
  display.answered(left_, "00", milliseconds(3));
  display.answered(right_, "-1", milliseconds(4));
  display.answered(right_, "0", milliseconds(5));
  std::string picture = taken_after(display, Duration(0));
  EXPECT_TRUE(has(picture, "✔ ok          2.0 ms  com.left"));
  EXPECT_TRUE(has(picture, "✘ exit -1     4.0 ms  com.right"));
  display.answered(left_, "2", milliseconds(6));
  picture = taken_after(display, seconds(1));
  EXPECT_TRUE(has(picture, "✘ exit 2      6.0 ms  com.left"));
  EXPECT_FALSE(has(picture, "com.other"));
}

TEST_F(ProgressDisplayTest, StartsOverWhenTheRequestIsSentAgain) {
  ProgressDisplay display(*Terminal::on_stderr(queue_), signals_, clock_, output_, log_);
  display.asked({&left_, &right_}, seconds(9));
  display.answered(left_, "0", milliseconds(1));
  taken_after(display, seconds(4));
  display.asked({&left_, &right_}, seconds(9));
  EXPECT_TRUE(has(taken_after(display, milliseconds(100)), "0 of 2 answered, 2 waiting, 0s of 9s"));
}

TEST_F(ProgressDisplayTest, LeavesTheLastPictureOnlyIfItEnded) {
  {
    ProgressDisplay display(*Terminal::on_stderr(queue_), signals_, clock_, output_, log_);
    display.asked({&left_}, std::nullopt);
    taken_after(display, Duration(0));
  }
  EXPECT_EQ(taken(), "\x1b[?25l\x1b[2A\r\x1b[K\r\n\x1b[K\r\n\x1b[K\x1b[2A\x1b[?25h");
  {
    ProgressDisplay display(*Terminal::on_stderr(queue_), signals_, clock_, output_, log_);
    display.asked({&left_}, std::nullopt);
    display.ended(false);
    EXPECT_TRUE(has(taken(), "0 of 1 answered, 1 without answer"));
  }
  EXPECT_EQ(taken(), "");
}

TEST_F(ProgressDisplayTest, DrawsAgainAfterAResize) {
  ProgressDisplay display(*Terminal::on_stderr(queue_), signals_, clock_, output_, log_);
  EventLoop loop(signals_);
  loop.add(display);
  display.asked({&left_}, std::nullopt);
  taken_after(display, Duration(0));
  kill(getpid(), SIGWINCH);
  loop.wait(MonotonicTime{});
  EXPECT_TRUE(has(taken_after(display, milliseconds(100)), "0 of 1 answered"));
  kill(getpid(), SIGCONT);
  loop.wait(MonotonicTime{});
  EXPECT_EQ(taken_after(display, milliseconds(100)).find("\x1b[?25l\r"), 0u);  // below what others wrote meanwhile
}

TEST_F(ProgressDisplayTest, IsForTerminalsThatCanMoveTheirCursor) {
  EXPECT_TRUE(Terminal::on_stderr(queue_));
  for (const char* kind : {"dumb", ""}) {
    setenv("TERM", kind, 1);
    EXPECT_FALSE(Terminal::on_stderr(queue_)) << kind;
  }
  unsetenv("TERM");
  EXPECT_FALSE(Terminal::on_stderr(queue_));
  setenv("TERM", "xterm", 1);
  const int null = open("/dev/null", O_WRONLY);
  dup2(null, STDERR_FILENO);
  close(null);
  EXPECT_FALSE(Terminal::on_stderr(queue_));
}

TEST_F(ProgressDisplayTest, ShowsArrivalsAtABarrierOfAnyNodes) {
  ProgressDisplay display(*Terminal::on_stderr(queue_), signals_, clock_, output_, log_);
  display.awaited({}, 3, std::nullopt);
  EXPECT_TRUE(has(taken_after(display, seconds(1)), "0 of 3 arrived, 3 missing"));
  display.outcome("com.left", 0, true);
  display.outcome("com.right", 3, false);
  const std::string shown = taken_after(display, seconds(1));
  EXPECT_TRUE(has(shown, "arrived")) << shown;
  EXPECT_TRUE(has(shown, "com.left")) << shown;
  EXPECT_TRUE(has(shown, "exit 3")) << shown;
  EXPECT_TRUE(has(shown, "1 of 3 arrived, 1 failed, 2 missing")) << shown;
  display.outcome("com.right", 0, true);
  display.outcome("com.left", 5, false);
  EXPECT_TRUE(has(taken_after(display, seconds(1)), "2 of 3 arrived, 1 missing"));
  display.ended(false);
}

TEST_F(ProgressDisplayTest, ShowsNamedNodesBeforeTheyArrive) {
  ProgressDisplay display(*Terminal::on_stderr(queue_), signals_, clock_, output_, log_);
  display.awaited({"com.left", "com.right"}, 1, seconds(9));
  const std::string shown = taken_after(display, seconds(1));
  EXPECT_TRUE(has(shown, "com.left")) << shown;
  EXPECT_TRUE(has(shown, "com.right")) << shown;
  EXPECT_TRUE(has(shown, "0 of 1 arrived, 1 missing, 1s of 9s")) << shown;
  display.ended(false);
}

}  // namespace
}  // namespace remaphore
