#include "io/payload_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "core/message.h"
#include "support/signal_sandbox.h"
#include "support/test_folder.h"

namespace remaphore {
namespace {

class PayloadFileTest : public testing::Test {
 protected:
  std::string write(const std::string& bytes) {
    const std::string path = folder_.path("payload");
    std::ofstream(path, std::ios::binary) << bytes;
    return path;
  }
  test::SignalSandbox sandbox_;
  Signals signals_;
  test::TestFolder folder_;
};

TEST_F(PayloadFileTest, ReadsEveryByte) {
  std::string bytes(100000, 'x');
  bytes[0] = '\0';
  bytes[99999] = '\n';
  const auto payload = read_payload(write(bytes), signals_, std::nullopt);
  ASSERT_TRUE(payload) << payload.error().message;
  EXPECT_TRUE(*payload == bytes);
  EXPECT_EQ(*read_payload(write(""), signals_, std::nullopt), "");
}

TEST_F(PayloadFileTest, BoundsItself) {
  const std::string path = write("");
  ASSERT_EQ(truncate(path.c_str(), static_cast<off_t>(kMaxPayload)), 0);
  EXPECT_TRUE(read_payload(path, signals_, std::nullopt));
  ASSERT_EQ(truncate(path.c_str(), static_cast<off_t>(kMaxPayload + 1)), 0);
  const auto payload = read_payload(path, signals_, std::nullopt);
  ASSERT_FALSE(payload);
  EXPECT_EQ(payload.error().code, Errc::kUsage);
}

TEST_F(PayloadFileTest, NamesWhatCannotBeRead) {
  for (const std::string& path : {folder_.path("absent"), folder_.path("")}) {
    const auto payload = read_payload(path, signals_, std::nullopt);
    ASSERT_FALSE(payload);
    EXPECT_EQ(payload.error().code, Errc::kUsage);
    EXPECT_EQ(payload.error().message.find(path + ": cannot be read: "), 0u);
  }
}

TEST_F(PayloadFileTest, GivesUpAtTheDeadlineAndWhenAsked) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);  // whose other end stays open: it never ends
  const std::string path = "/dev/fd/" + std::to_string(ends[0]);
  const auto now = std::chrono::steady_clock::now();
  const auto late = read_payload(path, signals_, now + std::chrono::milliseconds(20));
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, Errc::kRuntime);
  EXPECT_NE(late.error().message.find("did not end in time; nothing was sent"), std::string::npos);

  kill(getpid(), SIGTERM);  // blocked, and read from the descriptor of Signals
  EXPECT_EQ(read_payload(path, signals_, std::nullopt).error().code, Errc::kRuntime);
  EXPECT_EQ(signals_.stop_signal(), SIGTERM);
  close(ends[0]);
  close(ends[1]);
}

}  // namespace
}  // namespace remaphore
