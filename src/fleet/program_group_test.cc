#include "fleet/program_group.h"

#include <gtest/gtest.h>

#include <csignal>
#include <string>

namespace remaphore::fleet {
namespace {

std::chrono::steady_clock::time_point in(int milliseconds) {
  return std::chrono::steady_clock::now() + std::chrono::milliseconds(milliseconds);
}

TEST(ProgramGroupTest, HandsOverOutputAndStatus) {
  Signals signals;
  ProgramGroup stage(signals, in(10'000));
  const Result<Program*> program = stage.start("a", {"/bin/sh", "-c", "pwd; echo said >&2; exit 7"}, "/");
  ASSERT_TRUE(program);
  ASSERT_TRUE(stage.wait([&] { return (*program)->done(); }, "the end"));
  EXPECT_EQ((*program)->out.text(), "/\n");
  EXPECT_EQ((*program)->err.text(), "said\n");
  EXPECT_EQ((*program)->process.status(), 7);
}

TEST(ProgramGroupTest, EndsAWholeGroup) {
  Signals signals;
  ProgramGroup stage(signals, in(10'000));
  const Result<Program*> program = stage.start("a", {"/bin/sh", "-c", "sleep 1000 & echo started"}, "/");
  ASSERT_TRUE(program);
  ASSERT_TRUE(
      stage.wait([&] { return (*program)->out.has("started") && (*program)->process.status() == 0; }, "the shell"));
  EXPECT_FALSE((*program)->done());  // the child holds the pipe
  (*program)->process.stop();
  EXPECT_TRUE(stage.wait([&] { return (*program)->out.ended(); }, "the child's end"));
}

TEST(ProgramGroupTest, HasSeenTheEndOfAWholeGroup) {
  Signals signals;
  ProgramGroup stage(signals, in(10'000));
  for (int round = 0; round < 20; ++round) {
    const Result<Program*> program = stage.start("a", {"/bin/sh", "-c", "sleep 1000 & echo $!; wait"}, "/");
    ASSERT_TRUE(program);
    ASSERT_TRUE(stage.wait([&] { return (*program)->out.has("\n"); }, "the shell"));
    (*program)->process.stop();
    EXPECT_EQ(::kill(std::stoi((*program)->out.text()), 0), -1) << "round " << round;
  }
}

TEST(ProgramGroupTest, NamesTheSignalThatEndedAProgram) {
  Signals signals;
  ProgramGroup stage(signals, in(10'000));
  const Result<Program*> program = stage.start("a", {"/bin/sh", "-c", "kill -9 $$"}, "/");
  ASSERT_TRUE(program);
  ASSERT_TRUE(stage.wait([&] { return (*program)->done(); }, "the end"));
  EXPECT_EQ((*program)->process.status(), 128 + 9);
}

TEST(ProgramGroupTest, NamesWhatItWaitedForTooLong) {
  Signals signals;
  ProgramGroup stage(signals, in(20));
  ASSERT_TRUE(stage.start("a", {"/bin/sleep", "1000"}, "/"));
  EXPECT_EQ(stage.wait([] { return false; }, "the moon").error().message, "waited too long for the moon");
}

TEST(ProgramGroupTest, EndsItsWaitAtASignal) {
  Signals signals;
  ProgramGroup stage(signals, in(10'000));
  ASSERT_EQ(::raise(SIGTERM), 0);
  EXPECT_FALSE(stage.wait([] { return false; }, "the moon"));
  EXPECT_EQ(signals.stop_signal(), SIGTERM);
}

TEST(ProgramGroupTest, ReportsAProgramThatIsNotThere) {
  Signals signals;
  ProgramGroup stage(signals, in(10'000));
  const Result<Program*> program = stage.start("a", {"/no/such/program"}, "/");
  ASSERT_FALSE(program);
  EXPECT_EQ(program.error().message, "cannot run /no/such/program: No such file or directory");
}

}  // namespace
}  // namespace remaphore::fleet
