#include "io/whole_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "io/descriptor.h"
#include "support/test_folder.h"

namespace remaphore {
namespace {

class WholeFileTest : public testing::Test {
 protected:
  static std::string content(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(path, std::ios::binary).rdbuf();
    return text.str();
  }
  std::size_t files() const {
    const auto all = std::filesystem::directory_iterator(folder_.path(""));
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
  }
  bool is_refused(const std::string& path) const {
    const auto file = WholeFile::prepare(path);
    return !file && file.error().code == Errc::kUsage;
  }

  test::TestFolder folder_;
};

TEST_F(WholeFileTest, ReplacesWhatIsThereAndLeavesNothingElse) {
  const std::string path = folder_.path("file");
  std::ofstream(path) << "old";
  const auto file = WholeFile::prepare(path);
  ASSERT_TRUE(file);
  EXPECT_EQ(content(path), "old");
  EXPECT_EQ(files(), 1u);
  const std::string text(100'000, 'x');
  ASSERT_TRUE(file->write(text));
  EXPECT_EQ(content(path), text);
  EXPECT_EQ(files(), 1u);
  ASSERT_TRUE(file->write(""));
  EXPECT_EQ(content(path), "");
}

TEST_F(WholeFileTest, IsRefusedWhereItCannotBeMade) {
  std::filesystem::create_directory(folder_.path("folder"));
  std::filesystem::create_symlink(folder_.path("elsewhere"), folder_.path("link"));
  ASSERT_EQ(mkfifo(folder_.path("pipe").c_str(), 0600), 0);
  for (const std::string& path : {folder_.path("absent/file"), folder_.path("folder"), folder_.path("folder/"),
                                  folder_.path("link"), folder_.path("pipe"), std::string("/dev/null")}) {
    EXPECT_TRUE(is_refused(path)) << path;
  }
}

TEST_F(WholeFileTest, ReportsThatItsFolderHasGone) {
  std::filesystem::create_directory(folder_.path("folder"));
  const auto file = WholeFile::prepare(folder_.path("folder/file"));
  ASSERT_TRUE(file);
  std::filesystem::remove(folder_.path("folder"));
  const auto written = file->write("x");
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, Errc::kRuntime);
}

TEST_F(WholeFileTest, IsRemovedAgainIfItCannotBeWhole) {
  const Descriptor folder(open(folder_.path("").c_str(), O_RDONLY | O_DIRECTORY));
  std::filesystem::create_directory(folder_.path("name"));
  EXPECT_FALSE(write_whole(folder.get(), "name", "x", Synced::kNo));
  EXPECT_EQ(files(), 1u);
}

}  // namespace
}  // namespace remaphore
