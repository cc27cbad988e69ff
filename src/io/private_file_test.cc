#include "io/private_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "support/test_folder.h"

namespace remaphore {
namespace {

class PrivateFileTest : public testing::Test {
 protected:
  std::string write(const std::string& text, mode_t mode) {
    const std::string path = folder_.path("file");
    std::ofstream(path, std::ios::binary) << text;
    EXPECT_EQ(chmod(path.c_str(), mode), 0);
    return path;
  }
  std::string warning(mode_t mode) {
    const auto file = read_private_file(write("x", mode), 100);
    EXPECT_TRUE(file);
    return file ? file->warning : "";
  }
  test::TestFolder folder_;
};

TEST_F(PrivateFileTest, ReadsTheWholeFile) {
  const std::string text("a\0b\n", 4);
  const auto file = read_private_file(write(text, 0600), 100);
  ASSERT_TRUE(file);
  EXPECT_EQ(std::string(file->text.begin(), file->text.end()), text);
  EXPECT_EQ(file->warning, "");
}

TEST_F(PrivateFileTest, ReadsAnEmptyFile) {
  const auto file = read_private_file(write("", 0600), 100);
  ASSERT_TRUE(file);
  EXPECT_TRUE(file->text.empty());
}

TEST_F(PrivateFileTest, WarnsOfEverybodyWhoShouldNotReadOrWriteIt) {
  for (const mode_t mode : {0600u, 0640u, 0400u, 0440u, 0700u}) EXPECT_EQ(warning(mode), "") << mode;
  for (const mode_t mode : {0604u, 0644u}) {
    EXPECT_NE(warning(mode).find("is readable by others (mode 06"), std::string::npos) << mode;
  }
  for (const mode_t mode : {0620u, 0602u, 0660u, 0666u, 0622u}) {
    EXPECT_NE(warning(mode).find("is writable by group or others"), std::string::npos) << mode;
  }
}

TEST_F(PrivateFileTest, RefusesMoreThanItsLimit) {
  EXPECT_TRUE(read_private_file(write(std::string(100, 'x'), 0600), 100));
  const auto file = read_private_file(write(std::string(101, 'x'), 0600), 100);
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().code, Errc::kConfig);
  EXPECT_NE(file.error().message.find("more than 100 bytes"), std::string::npos);
}

TEST_F(PrivateFileTest, TakesNoMemoryForMoreThanItsLimit) {
  const std::string path = write("x", 0600);
  std::filesystem::resize_file(path, std::uintmax_t{1} << 42);  // sparse
  const auto file = read_private_file(path, 100);
  ASSERT_FALSE(file);
  EXPECT_NE(file.error().message.find("more than 100 bytes"), std::string::npos);
}

TEST_F(PrivateFileTest, NamesTheFileThatCannotBeRead) {
  const auto absent = read_private_file(folder_.path("a\x1b"
                                                     "b"),
                                        100);
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().code, Errc::kConfig);
  EXPECT_NE(absent.error().message.find("a\\x1bb: cannot be read: No such file"), std::string::npos);
  const auto folder = read_private_file(folder_.path(""), 100);
  ASSERT_FALSE(folder);
  EXPECT_NE(folder.error().message.find("it is a folder"), std::string::npos);
}

// A pipe like that of <(a command) in a shell: no size is known before, and no permissions are judged.
TEST_F(PrivateFileTest, ReadsAPipe) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const std::string text(50000, 'p');
  ASSERT_EQ(::write(ends[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
  close(ends[1]);
  const auto file = read_private_file("/dev/fd/" + std::to_string(ends[0]), 100000);
  close(ends[0]);
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(std::string(file->text.begin(), file->text.end()), text);
  EXPECT_EQ(file->warning, "");
}

}  // namespace
}  // namespace remaphore
