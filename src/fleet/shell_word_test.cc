#include "fleet/shell_word.h"

#include <gtest/gtest.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <memory>

namespace remaphore::fleet {
namespace {

// How bash reads `word`.
std::string as_bash_reads(const std::string& word) {
  std::string file = "/tmp/shell-word-XXXXXX";
  const int fd = mkstemp(file.data());
  const std::string script = "printf %s " + word;
  EXPECT_EQ(write(fd, script.data(), script.size()), static_cast<ssize_t>(script.size()));
  close(fd);
  const std::unique_ptr<FILE, int (*)(FILE*)> output(popen(("bash " + file).c_str(), "r"), pclose);
  std::string read;
  for (int c = fgetc(output.get()); c != EOF; c = fgetc(output.get())) read += static_cast<char>(c);
  unlink(file.c_str());
  return read;
}

TEST(ShellWordTest, LeavesPlainNamesAlone) {
  for (const char* plain : {"fleet", "/srv/fleet-1/nodes", "com.example.left", "root@host:/etc", "m\xc3\xbcller"}) {
    EXPECT_EQ(shell_word(plain), plain);
  }
}

TEST(ShellWordTest, QuotesWhatAShellWouldRead) {
  EXPECT_EQ(shell_word("my fleet"), "'my fleet'");
  EXPECT_EQ(shell_word("it's"), "'it'\\''s'");
  EXPECT_EQ(shell_word(""), "''");
  EXPECT_EQ(shell_word("~root"), "'~root'");
}

TEST(ShellWordTest, LetsNoControlByteThrough) { EXPECT_EQ(shell_word("a\n\x1b[2J'\\"), "$'a\\012\\033[2J\\'\\\\'"); }

TEST(ShellWordTest, ReadsAsItWasWhateverItHolds) {
  std::string every;
  for (int byte = 1; byte < 256; ++byte) every += static_cast<char>(byte);
  EXPECT_EQ(as_bash_reads(shell_word(every)), every);
  for (int byte = 1; byte < 256; ++byte) {
    const std::string one(1, static_cast<char>(byte));
    EXPECT_EQ(as_bash_reads(shell_word("a" + one + "b")), "a" + one + "b") << byte;
  }
}

TEST(ShellPathTest, LooksLikeNoOption) {
  EXPECT_EQ(shell_path("-x y"), "'./-x y'");
  EXPECT_EQ(shell_path("/a"), "/a");
}

}  // namespace
}  // namespace remaphore::fleet
