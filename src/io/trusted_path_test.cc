#include "io/trusted_path.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "support/test_folder.h"

namespace remaphore {
namespace {

constexpr uid_t kNobody = 65534;

// Runs as root, because these tests need files of another user.
class TrustedPathTest : public testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "only root can give files to another user";
    std::filesystem::create_directory(theirs_);
    give(theirs_);
  }
  static void give(const std::string& path) { ASSERT_EQ(lchown(path.c_str(), kNobody, kNobody), 0); }
  std::string refusal(const std::string& path) const {
    const auto there = is_there_and_trusted(path);
    return there ? "" : there.error().message;
  }
  void expect_refused(const std::string& path) const {
    EXPECT_NE(refusal(path).find("belongs to another user (uid 65534)"), std::string::npos) << refusal(path);
    EXPECT_FALSE(open_for_appending(path));
    EXPECT_FALSE(open_own_folder(path));
  }

  test::TestFolder folder_;
  const std::string theirs_ = folder_.path("theirs");
};

TEST_F(TrustedPathTest, KnowsWhetherSomethingIsThere) {
  std::ofstream(folder_.path("file")) << "x";
  EXPECT_TRUE(*is_there_and_trusted(folder_.path("file")));
  EXPECT_FALSE(*is_there_and_trusted(folder_.path("absent")));
  EXPECT_FALSE(*is_there_and_trusted(folder_.path("absent/file")));
}

TEST_F(TrustedPathTest, RefusesWhatAnotherUserOwns) {
  std::ofstream(folder_.path("file")) << "x";
  give(folder_.path("file"));
  expect_refused(folder_.path("file"));
  expect_refused(theirs_);
}

TEST_F(TrustedPathTest, RefusesWhatIsInAFolderOfAnotherUser) {
  std::ofstream(theirs_ + "/file") << "x";
  std::filesystem::create_directory(theirs_ + "/ours");
  expect_refused(theirs_ + "/file");
  expect_refused(theirs_ + "/ours");
  expect_refused(theirs_ + "/absent");
  EXPECT_FALSE(std::filesystem::exists(theirs_ + "/absent"));
}

TEST_F(TrustedPathTest, FollowsLinksOfOursAndNoLinksOfOthers) {
  std::filesystem::create_directory(folder_.path("target"));
  std::filesystem::create_symlink(folder_.path("target"), folder_.path("ours"));
  EXPECT_TRUE(open_own_folder(folder_.path("ours")));
  EXPECT_TRUE(open_for_appending(folder_.path("ours/file")));
  std::filesystem::create_symlink(folder_.path("target"), folder_.path("link"));
  give(folder_.path("link"));
  expect_refused(folder_.path("link"));
  expect_refused(folder_.path("link/file"));
  std::filesystem::create_symlink("link", folder_.path("two"));
  expect_refused(folder_.path("two"));
  std::filesystem::create_symlink("endless", folder_.path("endless"));
  EXPECT_FALSE(open_for_appending(folder_.path("endless")));
}

TEST_F(TrustedPathTest, RefusesAFolderThatAnybodyMayWriteUnlessItIsSticky) {
  const std::string shared = folder_.path("shared");
  std::filesystem::create_directory(shared);
  chmod(shared.c_str(), 0777);
  EXPECT_NE(refusal(shared + "/file").find("anybody may write to the folder"), std::string::npos);
  chmod(shared.c_str(), 01777);
  EXPECT_EQ(refusal(shared + "/file"), "");
  std::ofstream(folder_.path("precious")) << "x";
  std::filesystem::create_hard_link(folder_.path("precious"), shared + "/file");
  EXPECT_NE(refusal(shared + "/file").find("has a second hard link"), std::string::npos);
}

TEST_F(TrustedPathTest, MakesAFolderForUsAloneAndRefusesOneThatOthersMayWrite) {
  ASSERT_TRUE(open_own_folder(folder_.path("new")));
  struct stat status {};
  ASSERT_EQ(stat(folder_.path("new").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0700u);
  for (const mode_t mode : {0770u, 0720u, 01702u}) {
    chmod(folder_.path("new").c_str(), mode);
    const auto refused = open_own_folder(folder_.path("new"));
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().message.find("it is writable by others"), std::string::npos);
  }
}

TEST_F(TrustedPathTest, OpensNoLinkAndNoFileOfOthersInAFolderOfOurs) {
  const auto folder = std::move(*open_own_folder(folder_.path("state")));
  EXPECT_TRUE(open_own_file(folder, "file", O_RDWR | O_CREAT));
  std::ofstream(folder_.path("precious")) << "x";
  std::filesystem::create_symlink(folder_.path("precious"), folder_.path("state/link"));
  EXPECT_FALSE(open_own_file(folder, "link", O_RDWR | O_CREAT | O_TRUNC));
  EXPECT_EQ(errno, ELOOP);
  EXPECT_EQ(std::filesystem::file_size(folder_.path("precious")), 1u);
  give(folder_.path("state/file"));
  EXPECT_FALSE(open_own_file(folder, "file", O_RDWR));
}

}  // namespace
}  // namespace remaphore
