#include "io/config_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "support/test_folder.h"
#include "support/test_messages.h"

namespace remaphore {
namespace {

class ConfigFileTest : public testing::Test {
 protected:
  ConfigFileTest() : before_(std::filesystem::current_path()) {
    std::filesystem::create_directory(folder_.path("etc"));
  }
  ~ConfigFileTest() override { std::filesystem::current_path(before_); }

  // Writes etc/remaphore.conf: `keys`, then an identity.
  std::string write_config(const std::string& keys) {
    const std::string path = folder_.path("etc/remaphore.conf");
    std::ofstream(path) << "server: h\ndestination: d\n"
                        << keys << "\n[ Identities ]\n"
                        << test::public_text(1) << " " << test::key_of(1).to_base58() << " [*]\n";
    chmod(path.c_str(), 0600);
    return path;
  }
  void touch(const std::string& name) { std::ofstream(folder_.path(name)) << "x"; }

  test::TestFolder folder_;
  const std::filesystem::path before_;
};

TEST_F(ConfigFileTest, LeavesAbsolutePathsAlone) {
  EXPECT_EQ(read_config(write_config("credentials: /path/to/user.creds"))->credentials, "/path/to/user.creds");
}

TEST_F(ConfigFileTest, LooksBesideTheConfigFirst) {
  touch("etc/user.creds");
  touch("user.creds");
  std::filesystem::current_path(folder_.path(""));
  EXPECT_EQ(read_config(write_config("credentials: user.creds"))->credentials, folder_.path("etc/user.creds"));
}

TEST_F(ConfigFileTest, LooksInTheCurrentFolderNext) {
  touch("user.creds");
  std::filesystem::current_path(folder_.path(""));
  EXPECT_EQ(read_config(write_config("credentials: user.creds"))->credentials, "user.creds");
}

TEST_F(ConfigFileTest, NamesThePathBesideTheConfigIfNeitherIsThere) {
  EXPECT_EQ(read_config(write_config("credentials: user.creds"))->credentials, folder_.path("etc/user.creds"));
}

TEST_F(ConfigFileTest, ResolvesAConfigGivenWithoutAFolder) {
  write_config("credentials: user.creds");
  touch("etc/user.creds");
  std::filesystem::current_path(folder_.path("etc"));
  EXPECT_EQ(read_config("remaphore.conf")->credentials, "user.creds");
}

TEST_F(ConfigFileTest, ResolvesAndChecksTheFilesOfTls) {
  touch("etc/ca.pem");
  const auto config = read_config(write_config("credentials: c\ntls_ca: ca.pem"));
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->tls_ca, folder_.path("etc/ca.pem"));
  const auto absent = read_config(write_config("credentials: c\ntls_key: key.pem"));
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().code, Errc::kConfig);
  EXPECT_NE(absent.error().message.find(folder_.path("etc/key.pem") + ": cannot be read"), std::string::npos);
}

TEST_F(ConfigFileTest, WarnsOfItsPermissions) {
  const std::string path = write_config("credentials: c");
  EXPECT_TRUE(read_config(path)->warnings.empty());
  chmod(path.c_str(), 0644);
  const auto config = read_config(path);
  ASSERT_EQ(config->warnings.size(), 1u);
  EXPECT_NE(config->warnings[0].find("is readable by others"), std::string::npos);
}

TEST_F(ConfigFileTest, NamesTheFileInEveryError) {
  const std::string path = folder_.path("absent.conf");
  EXPECT_NE(read_config(path).error().message.find(path + ": cannot be read"), std::string::npos);
  const std::string bad = write_config("allow_skew: x");
  EXPECT_EQ(read_config(bad).error().message.find(bad + ":3: "), 0u);
}

}  // namespace
}  // namespace remaphore
