#include "fleet/staged_files.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

namespace remaphore::fleet {
namespace {

namespace fs = std::filesystem;

class StagedFilesTest : public testing::Test {
 protected:
  StagedFilesTest() { EXPECT_NE(::mkdtemp(folder_.data()), nullptr); }
  ~StagedFilesTest() override { fs::remove_all(folder_); }

  std::string path(const std::string& name) const { return folder_ + '/' + name; }
  std::size_t entries() const { return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder_), {})); }
  static mode_t mode(const std::string& file) {
    struct stat status {};
    EXPECT_EQ(::stat(file.c_str(), &status), 0);
    return status.st_mode & 07777;
  }

  std::string folder_ = testing::TempDir() + "staged-files-XXXXXX";
};

TEST_F(StagedFilesTest, AppearsWithItsModeWhateverTheUmask) {
  const mode_t before = ::umask(0077);
  ASSERT_TRUE(write_new(path("a"), "text", 0640));
  ::umask(before);
  EXPECT_EQ(mode(path("a")), 0640U);
  EXPECT_EQ(*read_whole(path("a"), 4), "text");
  EXPECT_EQ(entries(), 1U);
}

TEST_F(StagedFilesTest, IsNeverReplacedByANewOne) {
  ASSERT_TRUE(write_new(path("a"), "first", 0600));
  const Result<void> second = write_new(path("a"), "second", 0600);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::kUsage);
  EXPECT_EQ(*read_whole(path("a"), 100), "first");
  EXPECT_EQ(entries(), 1U);
}

TEST_F(StagedFilesTest, KeepsItsModeWhenItIsRewritten) {
  ASSERT_TRUE(write_new(path("a"), "first", 0604));
  ASSERT_TRUE(rewrite({{path("a"), "second"}}));
  EXPECT_EQ(*read_whole(path("a"), 100), "second");
  EXPECT_EQ(mode(path("a")), 0604U);
  EXPECT_EQ(entries(), 1U);
}

TEST_F(StagedFilesTest, IsMadeByARewriteWithTheGivenMode) {
  ASSERT_TRUE(write_new(path("a"), "first", 0604));
  ASSERT_TRUE(rewrite({{path("a"), "second", 0600}, {path("b"), "new", 0640}}));
  EXPECT_EQ(mode(path("a")), 0604U);
  EXPECT_EQ(mode(path("b")), 0640U);
  EXPECT_EQ(*read_whole(path("b"), 100), "new");
  EXPECT_FALSE(rewrite({{path("none/b"), "new", 0640}}));
  EXPECT_EQ(entries(), 2U);
}

TEST_F(StagedFilesTest, IsNotRewrittenIfAnotherCannotBe) {
  ASSERT_TRUE(write_new(path("a"), "first", 0600));
  EXPECT_FALSE(rewrite({{path("a"), "second"}, {path("b"), "new"}}));
  EXPECT_EQ(*read_whole(path("a"), 100), "first");
  EXPECT_EQ(entries(), 1U);
}

TEST_F(StagedFilesTest, IsReadUpToALimit) {
  ASSERT_TRUE(write_new(path("a"), "12345", 0600));
  EXPECT_EQ(*read_whole(path("a"), 5), "12345");
  EXPECT_FALSE(read_whole(path("a"), 4));
  EXPECT_FALSE(read_whole(path("b"), 4));
}

TEST_F(StagedFilesTest, FolderMadeAsideVanishesUnlessPutInPlace) {
  {
    const Result<StagedFolder> aside = StagedFolder::make(path("d"), 0750);
    ASSERT_TRUE(aside);
    ASSERT_TRUE(write_new(aside->path() + "/a", "text", 0600));
  }
  EXPECT_EQ(entries(), 0U);
  Result<StagedFolder> aside = StagedFolder::make(path("d"), 0750);
  ASSERT_TRUE(aside);
  ASSERT_TRUE(write_new(aside->path() + "/a", "text", 0600));
  ASSERT_TRUE(aside->put_in_place());
  EXPECT_EQ(mode(path("d")), 0750U);
  EXPECT_EQ(*read_whole(path("d/a"), 100), "text");
  EXPECT_EQ(entries(), 1U);
}

TEST_F(StagedFilesTest, FolderIsNotPutOverOneThatHoldsSomething) {
  ASSERT_TRUE(make_folder(path("d"), 0700));
  ASSERT_TRUE(write_new(path("d/mine"), "text", 0600));
  Result<StagedFolder> aside = StagedFolder::make(path("d"), 0750);
  ASSERT_TRUE(aside);
  EXPECT_EQ(aside->put_in_place().error().code, Errc::kUsage);
  EXPECT_EQ(*read_whole(path("d/mine"), 100), "text");
}

TEST(PathTest, LosesItsSlashesAndKnowsItsParent) {
  EXPECT_EQ(without_slashes("a//"), "a");
  EXPECT_EQ(without_slashes("/"), "/");
  EXPECT_EQ(parent_of("a"), ".");
  EXPECT_EQ(parent_of("a/b"), "a");
  EXPECT_EQ(parent_of("/a"), "/");
}

}  // namespace
}  // namespace remaphore::fleet
