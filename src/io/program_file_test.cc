#include "io/program_file.h"

#include <errno.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <fstream>

#include "support/test_folder.h"

namespace remaphore {
namespace {

class ProgramFileTest : public testing::Test {
 protected:
  std::string file(const std::string& name, const std::string& text) {
    std::string path = folder_.path(name);
    std::ofstream(path) << text;
    chmod(path.c_str(), 0755);
    return path;
  }
  test::TestFolder folder_;
};

TEST_F(ProgramFileTest, NamesTheInterpreterThatIsMissing) {
  EXPECT_EQ(program_file_fault(file("a", "#!/no/such/shell -e\n"), ENOENT),
            "its interpreter \"/no/such/shell\", named after #!, is not found");
  EXPECT_EQ(program_file_fault(file("b", "#! /no/such/shell"), ENOENT),
            "its interpreter \"/no/such/shell\", named after #!, is not found");
}

TEST_F(ProgramFileTest, NamesTheLineEndOfWindows) {
  EXPECT_EQ(program_file_fault(file("a", "#!/bin/sh\r\necho hi\r\n"), ENOENT),
            "its interpreter \"/bin/sh\\x0d\" is not found: the #! line ends in CR LF, as on Windows");
}

TEST_F(ProgramFileTest, NamesWhatStandsBeforeTheFirstLine) {
  EXPECT_EQ(program_file_fault(file("a", "\xEF\xBB\xBF#!/bin/sh\n"), ENOEXEC),
            "it begins with a byte order mark, where #! must be");
  EXPECT_EQ(program_file_fault(file("b", "echo hi\n"), ENOEXEC),
            "it is neither a program for this system nor a script that starts with #!");
  EXPECT_EQ(program_file_fault(file("c", ""), ENOEXEC),
            "it is neither a program for this system nor a script that starts with #!");
}

TEST_F(ProgramFileTest, LooksAlongThePath) {
  file("tool", "#!/no/such/shell\n");
  const std::string before = getenv("PATH");
  setenv("PATH", ("/no/such:" + folder_.path("")).c_str(), 1);
  EXPECT_TRUE(program_file_fault("tool", ENOENT));
  EXPECT_FALSE(program_file_fault("absent", ENOENT));
  setenv("PATH", before.c_str(), 1);
}

TEST_F(ProgramFileTest, IgnoresWhatIsNotThereOrLooksRight) {
  EXPECT_EQ(program_file_fault(folder_.path("absent"), ENOENT), std::nullopt);
  EXPECT_EQ(program_file_fault(file("a", "text"), ENOENT), std::nullopt);
  EXPECT_EQ(program_file_fault("/bin/sh", EACCES), std::nullopt);
}

}  // namespace
}  // namespace remaphore
