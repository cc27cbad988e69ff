#include "fleet/process.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

namespace remaphore::fleet {
namespace {

TEST(ProgramTest, IsFoundInThePathAndInTheSbinFoldersBesideIt) {
  char folder[] = "/tmp/find-program-XXXXXX";
  ASSERT_NE(::mkdtemp(folder), nullptr);
  const std::string root = folder, before = std::getenv("PATH");
  for (const char* name : {"/bin", "/sbin", "/sbin/server"}) ASSERT_EQ(::mkdir((root + name).c_str(), 0700), 0);
  ASSERT_EQ(::symlink("/bin/sh", (root + "/sbin/daemon").c_str()), 0);
  ASSERT_EQ(::setenv("PATH", ("/no/such:" + root + "/bin").c_str(), 1), 0);
  EXPECT_EQ(find_program("daemon"), root + "/sbin/daemon");
  EXPECT_FALSE(find_program("server"));  // a folder
  ASSERT_EQ(::symlink("/bin/sh", (root + "/bin/daemon").c_str()), 0);
  EXPECT_EQ(find_program("daemon"), root + "/bin/daemon");
  ASSERT_EQ(::setenv("PATH", "/nonexistent", 1), 0);
  EXPECT_FALSE(find_program("daemon"));
  ::setenv("PATH", before.c_str(), 1);
  std::filesystem::remove_all(root);
}

}  // namespace
}  // namespace remaphore::fleet
