#include "io/credentials_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "nats/nkey.h"
#include "nats/token.h"
#include "support/test_folder.h"
#include "support/test_messages.h"

namespace remaphore {
namespace {

class CredentialsFileTest : public testing::Test {
 protected:
  std::string write(const std::string& text, mode_t mode = 0600) {
    const std::string path = folder_.path("user.creds");
    std::ofstream(path) << text;
    chmod(path.c_str(), mode);
    return path;
  }
  static std::string good(std::uint8_t number = 21) {
    const SecretKey account = test::key_of(20), user = test::key_of(number);
    return nats::format_credentials(nats::mint_user(account, user.public_key(), "me", {}, {}),
                                    nats::encode_seed(nats::NkeyKind::kUser, user));
  }
  test::TestFolder folder_;
};

TEST_F(CredentialsFileTest, ReadsTokenAndKey) {
  const auto credentials = read_credentials(write(good()));
  ASSERT_TRUE(credentials) << credentials.error().message;
  EXPECT_EQ(credentials->key.public_key(), test::key_of(21).public_key());
}

TEST_F(CredentialsFileTest, NamesTheFileInEveryError) {
  const std::string path = write("nothing of the kind");
  const auto refused = read_credentials(path);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::kConfig);
  EXPECT_EQ(refused.error().message, path + ": no NATS USER JWT block");
  const std::string absent = folder_.path("absent.creds");
  EXPECT_EQ(read_credentials(absent).error().message.find(absent + ": cannot be read"), 0u);
}

TEST_F(CredentialsFileTest, WarnsOfItsPermissionsIfAsked) {
  std::string warning = "not touched";
  ASSERT_TRUE(read_credentials(write(good()), &warning));
  EXPECT_EQ(warning, "");
  ASSERT_TRUE(read_credentials(write(good(), 0644), &warning));
  EXPECT_NE(warning.find("is readable by others"), std::string::npos);
}

TEST_F(CredentialsFileTest, AreRereadForEveryLoginButTheFirst) {
  const std::string path = write("nothing of the kind");
  CredentialsFile file(path, std::move(*nats::parse_credentials(good())));
  EXPECT_TRUE(file.for_login());
  write(good(22));
  const auto reread = file.for_login();
  ASSERT_TRUE(reread);
  EXPECT_EQ((*reread)->key.public_key(), test::key_of(22).public_key());
  EXPECT_EQ(file.last(), *reread);
}

TEST_F(CredentialsFileTest, SurviveAFileThatIsGoneForAMoment) {
  CredentialsFile file(write(good()), std::nullopt);
  ASSERT_TRUE(file.for_login());
  write("half writ");
  const auto kept = file.for_login();
  ASSERT_TRUE(kept);
  EXPECT_EQ((*kept)->key.public_key(), test::key_of(21).public_key());
}

TEST_F(CredentialsFileTest, AreNotThereUntilTheFileWasReadableOnce) {
  CredentialsFile file(folder_.path("absent.creds"), std::nullopt);
  EXPECT_FALSE(file.for_login());
  EXPECT_EQ(file.last(), nullptr);
}

}  // namespace
}  // namespace remaphore
