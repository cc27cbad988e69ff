#include "io/status_line.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <string>

#include "io/stderr_terminal_fixture.h"
#include "support/recording_log.h"
#include "support/signal_sandbox.h"

namespace remaphore {
namespace {

// Standard error is a terminal of 40 columns while a test runs.
class StatusLineTest : public testing::Test {
 protected:
  // What is drawn by the next wait.
  std::string drawn(StatusLine& line) {
    PollSet set;
    line.prepare(set);
    return taken();
  }
  std::string taken() const { return terminal_.taken(); }
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
  const test::StderrTerminal terminal_{40};
  OutputQueue queue_{STDERR_FILENO};
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
