#include "io/readiness.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "support/recording_log.h"
#include "support/test_folder.h"

namespace remaphore {
namespace {

using Phase = ServiceState::Phase;

class ReadinessTest : public testing::Test {
 protected:
  ~ReadinessTest() override {
    if (ends_[0] >= 0) close(ends_[0]);
  }
  Result<std::unique_ptr<Readiness>> prepare(std::optional<std::string> path, std::optional<int> fd = {}) {
    return Readiness::prepare(path, fd, log_);
  }
  std::string refusal(std::optional<std::string> path, std::optional<int> fd = {}) {
    const auto prepared = prepare(std::move(path), fd);
    if (prepared) return "accepted";
    EXPECT_EQ(prepared.error().code, Errc::kUsage);
    return prepared.error().message;
  }
  void write(const std::string& text) const { std::ofstream(path_) << text; }
  std::string content() const {
    std::ifstream file(path_);
    std::stringstream text;
    text << file.rdbuf();
    return file ? text.str() : "none";
  }
  std::size_t files() const {
    const std::filesystem::directory_iterator all(folder_.path(""));
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
  }
  // The writing end of a pipe, as if it had been inherited.
  int inherited() {
    EXPECT_EQ(pipe(ends_), 0);
    fcntl(ends_[0], F_SETFL, O_NONBLOCK);
    return ends_[1];
  }
  std::string received() const {
    char buffer[16];
    const ssize_t got = read(ends_[0], buffer, sizeof buffer);
    return got < 0 ? "nothing yet" : std::string(buffer, static_cast<std::size_t>(got));
  }

  test::TestFolder folder_;
  test::RecordingLog log_;
  const std::string path_ = folder_.path("ready");
  const std::string ours_ = std::to_string(getpid()) + "\n";
  int ends_[2] = {-1, -1};
};

TEST_F(ReadinessTest, TheFileIsThereWhileThereIsASubscription) {
  const auto readiness = prepare(path_);
  ASSERT_TRUE(readiness);
  EXPECT_EQ(files(), 0u);
  (*readiness)->update({Phase::kConnecting, "refused", 0, 0});
  EXPECT_EQ(files(), 0u);
  (*readiness)->update({Phase::kSubscribed, "", 0, 0});
  EXPECT_EQ(content(), ours_);
  EXPECT_EQ(std::filesystem::status(path_).permissions(), std::filesystem::perms(0644));
  (*readiness)->update({Phase::kCutOff, "lost", 0, 0});
  EXPECT_EQ(files(), 0u);
  (*readiness)->update({Phase::kSubscribed, "", 7, 0});
  EXPECT_EQ(content(), ours_);
  EXPECT_EQ(files(), 1u);
  (*readiness)->update({Phase::kStopping, "", 7, 0});
  EXPECT_EQ(files(), 0u);
}

TEST_F(ReadinessTest, TheFileGoesWithItsOwner) {
  {
    const auto readiness = prepare(path_);
    (*readiness)->update({Phase::kSubscribed, "", 0, 0});
    EXPECT_EQ(files(), 1u);
  }
  EXPECT_EQ(files(), 0u);
}

TEST_F(ReadinessTest, AFileOfAFormerRunIsRemovedAtTheStart) {
  for (const char* former : {"", "1\n", "4194304\n"}) {
    write(former);
    EXPECT_EQ(refusal(path_), "accepted");
    EXPECT_EQ(files(), 0u) << former;
  }
}

TEST_F(ReadinessTest, NothingElseIsRemoved) {
  for (const char* other : {"precious", "1", "\n", "12345678901234\n", "-1\n", "1\n2\n"}) {
    write(other);
    EXPECT_NE(refusal(path_).find("is not a ready file"), std::string::npos) << other;
    EXPECT_EQ(content(), other);
  }
  std::filesystem::remove(path_);
  std::filesystem::create_symlink("nowhere", path_);
  EXPECT_NE(refusal(path_).find("is not a ready file"), std::string::npos);
  EXPECT_NE(refusal(folder_.path("")).find("is not a ready file"), std::string::npos);
}

TEST_F(ReadinessTest, DoesNotRemoveAFileThatAnotherProcessMadeSince) {
  auto readiness = prepare(path_);
  (*readiness)->update({Phase::kSubscribed, "", 0, 0});
  const std::string other = folder_.path("other");
  std::ofstream(other) << "1\n";
  std::filesystem::rename(other, path_);
  readiness->reset();
  EXPECT_EQ(content(), "1\n");
}

TEST_F(ReadinessTest, AFolderThatIsNotThereIsAnErrorAtTheStart) {
  EXPECT_NE(refusal(folder_.path("missing/ready")).find("missing/ready: the ready file cannot be created: No such"),
            std::string::npos);
}

TEST_F(ReadinessTest, AFolderOfAnotherUserIsAnErrorAtTheStart) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can give a folder to another user";
  const std::string theirs = folder_.path("theirs");
  std::filesystem::create_directory(theirs);
  ASSERT_EQ(chown(theirs.c_str(), 65534, 65534), 0);
  EXPECT_NE(refusal(theirs + "/ready").find("belongs to another user (uid 65534)"), std::string::npos);
  EXPECT_TRUE(std::filesystem::is_empty(theirs));
}

TEST_F(ReadinessTest, ReportsAFileThatCanNoLongerBeMade) {
  const std::string sub = folder_.path("sub");
  std::filesystem::create_directory(sub);
  const auto readiness = prepare(sub + "/ready");
  std::filesystem::remove(sub);
  (*readiness)->update({Phase::kSubscribed, "", 0, 0});
  EXPECT_EQ(log_.count("sub/ready: the ready file cannot be created: No such file"), 1u) << log_.text();
}

TEST_F(ReadinessTest, TheDescriptorGetsANewlineAndIsClosed) {
  const auto readiness = prepare({}, inherited());
  ASSERT_TRUE(readiness);
  (*readiness)->update({Phase::kConnecting, "", 0, 0});
  EXPECT_EQ(received(), "nothing yet");
  (*readiness)->update({Phase::kSubscribed, "", 0, 0});
  EXPECT_EQ(received(), "\n");
  EXPECT_EQ(received(), "");  // its end
  EXPECT_EQ(log_.text(), "");
}

TEST_F(ReadinessTest, TheDescriptorIsNotInheritedByCommands) {
  const int fd = inherited();
  const auto readiness = prepare({}, fd);
  EXPECT_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
}

TEST_F(ReadinessTest, ADescriptorClosedWithoutANewlineMeansThatWeNeverWereReady) {
  { const auto readiness = prepare({}, inherited()); }
  EXPECT_EQ(received(), "");
}

TEST_F(ReadinessTest, ABadDescriptorIsRefused) {
  EXPECT_NE(refusal({}, 1).find("is in use; choose one above 2"), std::string::npos);
  EXPECT_NE(refusal({}, 999).find("descriptor 999 is not open"), std::string::npos);
  const int own = open("/dev/null", O_WRONLY | O_CLOEXEC);
  EXPECT_NE(refusal({}, own).find("is not open"), std::string::npos) << "one of our own";
  close(own);
  const int input = open("/dev/null", O_RDONLY);
  EXPECT_NE(refusal({}, input).find("is not open for writing"), std::string::npos);
  close(input);
}

TEST_F(ReadinessTest, APipeWithoutAReaderDoesNotHoldUsUp) {
  const int fd = inherited();
  fcntl(fd, F_SETFL, O_NONBLOCK);
  while (::write(fd, "full", 4) > 0) continue;
  fcntl(fd, F_SETFL, 0);
  const auto readiness = prepare({}, fd);
  (*readiness)->update({Phase::kSubscribed, "", 0, 0});
  EXPECT_EQ(log_.count("cannot notify descriptor"), 1u);
}

}  // namespace
}  // namespace remaphore
