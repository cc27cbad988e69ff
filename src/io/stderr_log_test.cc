#include "io/stderr_log.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "io/event_loop.h"
#include "io/signals.h"
#include "support/signal_sandbox.h"

namespace remaphore {
namespace {

// Standard error is a pipe while a test runs.
class StderrLogTest : public testing::Test {
 protected:
  StderrLogTest() {
    std::fflush(stderr);
    saved_ = dup(STDERR_FILENO);
    int ends[2];
    EXPECT_EQ(pipe(ends), 0);
    dup2(ends[1], STDERR_FILENO);
    close(ends[1]);
    reader_ = ends[0];
    fcntl(reader_, F_SETFL, O_NONBLOCK);
  }
  ~StderrLogTest() override {
    dup2(saved_, STDERR_FILENO);
    close(saved_);
    close(reader_);
    unsetenv("JOURNAL_STREAM");
  }
  std::string written() const {
    char buffer[65536];
    const ssize_t got = read(reader_, buffer, sizeof buffer);
    return std::string(buffer, static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  }
  static void fill_pipe() {
    fcntl(STDERR_FILENO, F_SETFL, O_NONBLOCK);
    const std::string noise(65536, '.');
    while (write(STDERR_FILENO, noise.data(), noise.size()) > 0) {
    }
    fcntl(STDERR_FILENO, F_SETFL, 0);
  }
  static void say_everything() {
    StderrLog log("remaphore", StderrLog::Level::kVerbose);
    log.error("error");
    log.notice("notice");
    log.verbose("verbose");
    log.ready();
  }
  static void set_stream(dev_t device, ino_t inode) {
    setenv("JOURNAL_STREAM", (std::to_string(device) + ":" + std::to_string(inode)).c_str(), 1);
  }

  int saved_ = -1;
  int reader_ = -1;
};

constexpr const char* kPlain = "remaphore: error\nremaphore: notice\nremaphore: verbose\nReady\n";

TEST_F(StderrLogTest, LinesHaveNoPriorityWithoutAJournal) {
  say_everything();
  EXPECT_EQ(written(), kPlain);
}

TEST_F(StderrLogTest, LinesForTheJournalBeginWithTheirPriority) {
  struct stat status {};
  fstat(STDERR_FILENO, &status);
  set_stream(status.st_dev, status.st_ino);
  say_everything();
  EXPECT_EQ(written(), "<3>remaphore: error\n<5>remaphore: notice\n<7>remaphore: verbose\n<5>Ready\n");
}

TEST_F(StderrLogTest, AJournalThatIsNotOurStandardErrorDoesNotCount) {
  struct stat status {};
  fstat(STDERR_FILENO, &status);
  set_stream(status.st_dev, status.st_ino + 1);
  say_everything();
  setenv("JOURNAL_STREAM", "nonsense", 1);
  say_everything();
  EXPECT_EQ(written(), std::string(kPlain) + kPlain);
}

TEST_F(StderrLogTest, LinesWaitForASlowReaderInOrder) {
  test::SignalSandbox sandbox;
  Signals signals;
  EventLoop loop(signals);
  StderrLog log("remaphore", StderrLog::Level::kNormal);
  loop.add(log);
  fill_pipe();
  log.error("first");
  log.error("second");
  while (written().size() == 65536) {
  }
  loop.wait(MonotonicTime::max());
  EXPECT_EQ(written(), "remaphore: first\nremaphore: second\n");
}

TEST_F(StderrLogTest, LinesBeyondWhatMayWaitAreDroppedAndCounted) {
  test::SignalSandbox sandbox;
  Signals signals;
  EventLoop loop(signals);
  StderrLog log("remaphore", StderrLog::Level::kNormal);
  loop.add(log);
  fill_pipe();
  const std::string line(1000, 'x');
  for (int i = 0; i < 100; ++i) log.error(line);
  EXPECT_LE(log.queue().size(), StderrLog::kMaxWaiting);
  std::string all;
  while (all.find("lost") == std::string::npos) {
    all += written();
    loop.wait(MonotonicTime::min());
  }
  std::size_t lines = 0;
  for (std::size_t at = 0; (at = all.find(line, at)) != std::string::npos; at += line.size()) ++lines;
  EXPECT_NE(all.find(fmt::format("remaphore: {} lines were lost, nobody read standard error\n", 100 - lines)),
            std::string::npos)
      << lines;
  log.error("after");
  EXPECT_EQ(written(), "remaphore: after\n");
}

TEST_F(StderrLogTest, TheLastLinesGetAMomentAndNoMore) {
  fill_pipe();
  const auto start = std::chrono::steady_clock::now();
  {
    StderrLog log("remaphore", StderrLog::Level::kNormal);
    log.error("nobody reads this");
  }
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
}

}  // namespace
}  // namespace remaphore
