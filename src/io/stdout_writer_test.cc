#include "io/stdout_writer.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <string>
#include <thread>

#include "io/event_loop.h"
#include "io/signals.h"
#include "support/signal_sandbox.h"

namespace remaphore {
namespace {

// Standard output is a pipe (or what a test puts there) while a test runs.
class StdoutWriterTest : public testing::Test {
 protected:
  StdoutWriterTest() {
    std::fflush(stdout);
    saved_ = dup(STDOUT_FILENO);
    int ends[2];
    EXPECT_EQ(pipe(ends), 0);
    dup2(ends[1], STDOUT_FILENO);
    close(ends[1]);
    reader_ = ends[0];
    fcntl(reader_, F_SETFL, O_NONBLOCK);
  }
  ~StdoutWriterTest() override {
    dup2(saved_, STDOUT_FILENO);
    close(saved_);
    close_reader();
  }
  void close_reader() {
    if (reader_ >= 0) close(reader_);
    reader_ = -1;
  }
  // The content of the pipe.
  std::string taken() {
    std::string all;
    char buffer[65536];
    for (ssize_t got; (got = read(reader_, buffer, sizeof buffer)) > 0;)
      all.append(buffer, static_cast<std::size_t>(got));
    return all;
  }

  test::SignalSandbox sandbox_;
  Signals signals_;
  EventLoop loop_{signals_};
  int saved_ = -1;
  int reader_ = -1;
};

TEST_F(StdoutWriterTest, WritesBeforeItWaits) {
  StdoutWriter output;
  loop_.add(output);
  EXPECT_FALSE(output.is_terminal());
  output.write("one\n");
  output.write("two\n");
  EXPECT_TRUE(output.may_write());
  EXPECT_FALSE(output.idle());
  loop_.wait(std::nullopt);  // returns, because the writer has become idle
  EXPECT_TRUE(output.idle());
  EXPECT_EQ(taken(), "one\ntwo\n");
}

TEST_F(StdoutWriterTest, CutsBetweenRecordsWhatAPipeTakesAtOnce) {
  StdoutWriter output;
  const std::string first(3000, 'a'), second(3000, 'b');
  output.write(first);
  output.write(second);
  EXPECT_EQ(taken(), first);
  output.write(std::string(10000, 'c'));
  EXPECT_EQ(taken(), second + std::string(10000, 'c'));
  EXPECT_TRUE(output.idle());
}

TEST_F(StdoutWriterTest, NeverBlocksAndLosesNothing) {
  StdoutWriter output;
  loop_.add(output);
  std::string all;
  for (int i = 0; i < 300; ++i) {  // far more than a pipe holds
    const std::string record = std::to_string(i) + std::string(5000, static_cast<char>('a' + i % 26)) + "\n";
    output.write(record);
    all += record;
  }
  EXPECT_FALSE(output.idle());
  std::string got;
  while (!output.idle()) {
    got += taken();
    loop_.wait(std::nullopt);
  }
  got += taken();
  EXPECT_TRUE(got == all);
  EXPECT_FALSE(output.failure());
}

TEST_F(StdoutWriterTest, ReportsAReaderThatHasGone) {
  StdoutWriter output;
  close_reader();
  loop_.add(output);
  output.write("x\n");
  loop_.wait(std::nullopt);
  ASSERT_TRUE(output.failure());
  EXPECT_FALSE(output.may_write());
  EXPECT_EQ(output.failure()->code, Errc::kRuntime);
  EXPECT_NE(output.failure()->message.find("cannot write to standard output: Broken pipe"), std::string::npos);
  EXPECT_EQ(print("x").error().code, Errc::kRuntime);
}

TEST_F(StdoutWriterTest, NoticesWhileItWaitsThatNobodyReads) {
  StdoutWriter output;
  loop_.add(output);
  loop_.wait(MonotonicTime::min());
  EXPECT_FALSE(output.failure());
  close_reader();
  loop_.wait(std::nullopt);
  ASSERT_TRUE(output.failure());
  EXPECT_EQ(output.failure()->code, Errc::kRuntime);
  EXPECT_EQ(output.failure()->message, "nobody reads standard output any more");
  EXPECT_FALSE(output.may_write());
}

TEST_F(StdoutWriterTest, NoticesThatTheOtherEndOfASocketHasGone) {
  int ends[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  dup2(ends[0], STDOUT_FILENO);
  close(ends[0]);
  StdoutWriter output;
  loop_.add(output);
  close(ends[1]);
  loop_.wait(std::nullopt);
  EXPECT_TRUE(output.failure());
}

TEST_F(StdoutWriterTest, NoticesThatATerminalHasGone) {
  const int leader = posix_openpt(O_RDWR | O_NOCTTY);
  grantpt(leader);
  unlockpt(leader);
  const int follower = open(ptsname(leader), O_RDWR | O_NOCTTY);
  dup2(follower, STDOUT_FILENO);
  close(follower);
  StdoutWriter output;
  loop_.add(output);
  close(leader);
  loop_.wait(std::nullopt);
  EXPECT_TRUE(output.failure());
}

TEST_F(StdoutWriterTest, ExpectsNoReaderOfAFile) {
  for (const char* path : {"/dev/null", "/dev/zero", "/"}) {
    const int file = open(path, path[1] == '\0' ? O_PATH : O_RDONLY);  // as occupy_standard_descriptors() does
    dup2(file, STDOUT_FILENO);
    close(file);
    StdoutWriter output;
    loop_.add(output);
    loop_.wait(MonotonicTime::min());
    EXPECT_FALSE(output.failure()) << path;
    output.write("x");
    output.flush();
    EXPECT_TRUE(output.failure()) << path;
  }
}

TEST_F(StdoutWriterTest, ReportsADiskThatIsFull) {
  const int full = open("/dev/full", O_WRONLY);
  dup2(full, STDOUT_FILENO);
  close(full);
  StdoutWriter output;
  loop_.add(output);
  output.write("x\n");
  loop_.wait(std::nullopt);
  ASSERT_TRUE(output.failure());
  EXPECT_NE(output.failure()->message.find("No space left"), std::string::npos);
}

TEST_F(StdoutWriterTest, WritesAFileWithoutWaiting) {
  std::FILE* file = std::tmpfile();
  ASSERT_NE(file, nullptr);
  dup2(fileno(file), STDOUT_FILENO);
  StdoutWriter output;
  const std::string text(1u << 20, 'x');
  output.write(text);
  EXPECT_TRUE(output.idle());
  EXPECT_EQ(lseek(fileno(file), 0, SEEK_END), 1 << 20);
  std::fclose(file);
}

TEST_F(StdoutWriterTest, PrintsAllOfAText) {
  EXPECT_TRUE(print("all of it\n"));
  EXPECT_TRUE(print(""));
  EXPECT_EQ(taken(), "all of it\n");
}

TEST_F(StdoutWriterTest, FinishesOutsideTheLoopWhateverTheReaderTakes) {
  StdoutWriter writer;
  const std::string record(std::size_t{1} << 20, 'x');
  writer.write(record);
  EXPECT_FALSE(writer.idle());
  fcntl(reader_, F_SETFL, 0);
  std::size_t total = 0;
  std::thread reader([&] {
    char buffer[65536];
    while (total < record.size()) total += static_cast<std::size_t>(read(reader_, buffer, sizeof buffer));
  });
  writer.finish();
  reader.join();
  EXPECT_TRUE(writer.idle());
  EXPECT_EQ(total, record.size());
}

TEST_F(StdoutWriterTest, FinishesWithAFailureAtTheDeadline) {
  StdoutWriter writer;
  writer.write(std::string(std::size_t{1} << 20, 'x'));
  writer.finish(std::chrono::steady_clock::now() + std::chrono::milliseconds(20));
  ASSERT_TRUE(writer.failure());
  EXPECT_EQ(writer.failure()->message, "standard output is not read");
}

TEST_F(StdoutWriterTest, FinishesWithAFailureIfTheReaderHasGone) {
  StdoutWriter writer;
  writer.write(std::string(std::size_t{1} << 20, 'x'));
  close_reader();
  writer.finish();
  ASSERT_TRUE(writer.failure());
  EXPECT_EQ(writer.failure()->code, Errc::kRuntime);
}

}  // namespace
}  // namespace remaphore
