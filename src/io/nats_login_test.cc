#include "io/nats_login.h"

#include <gtest/gtest.h>

#include <fstream>

#include "nats/nkey.h"
#include "nats/token.h"
#include "support/test_folder.h"
#include "support/test_messages.h"

namespace remaphore {
namespace {

class NatsLoginTest : public testing::Test {
 protected:
  static std::string credentials_of(const SecretKey& user) {
    return nats::format_credentials(nats::mint_user(test::key_of(20), user.public_key(), "me", {}, {}),
                                    nats::encode_seed(nats::NkeyKind::kUser, user));
  }
  static nats::ServerInfo info_with_nonce(std::string nonce) {
    nats::ServerInfo info;
    info.nonce = std::move(nonce);
    return info;
  }

  const test::TestFolder folder_;
  const std::string file_ = folder_.path("user.creds");
  nats::ServerList servers_{{*parse_server_address("nats://me:secret@one")}, 1};
  NatsLogin login_{file_, std::move(*nats::parse_credentials(credentials_of(test::key_of(21))))};
};

TEST_F(NatsLoginTest, UsesTheCredentialsOfTheMoment) {
  std::ofstream(file_) << credentials_of(test::key_of(22));
  const nats::ServerInfo info = info_with_nonce("abc");
  const auto first = login_.next(servers_, info, true);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->credentials.key.public_key(), test::key_of(21).public_key());
  EXPECT_EQ(first->nonce, "abc");
  EXPECT_TRUE(first->tls);
  const auto second = login_.next(servers_, info, false);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->credentials.key.public_key(), test::key_of(22).public_key());
  EXPECT_FALSE(second->tls);
}

TEST_F(NatsLoginTest, FailsWithoutCredentials) {
  NatsLogin login(file_, std::nullopt);
  const auto none = login.next(servers_, {}, true);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, Errc::kConfig);
}

TEST_F(NatsLoginTest, SendsUserAndPasswordToTheirOwnServerOnly) {
  const auto own = login_.next(servers_, {}, true);
  ASSERT_TRUE(own);
  EXPECT_EQ(own->user, "me");
  EXPECT_EQ(own->password, "secret");
  servers_.learn({"two:4222"}, true);
  servers_.advance(0);
  ASSERT_EQ(servers_.current().host, "two");
  const auto announced = login_.next(servers_, {}, true);
  ASSERT_TRUE(announced);
  EXPECT_EQ(announced->user, "");
  EXPECT_EQ(announced->password, "");
}

TEST_F(NatsLoginTest, HasAnInboxOnlyWhereItLogsInWithAKey) {
  EXPECT_EQ(login_.inbox_prefix(), "");
  ASSERT_TRUE(login_.next(servers_, info_with_nonce("abc"), true));
  EXPECT_EQ(login_.inbox_prefix(),
            "_INBOX." + nats::encode_public(nats::NkeyKind::kUser, test::key_of(21).public_key()));
  ASSERT_TRUE(login_.next(servers_, info_with_nonce(""), true));
  EXPECT_EQ(login_.inbox_prefix(), "");
}

}  // namespace
}  // namespace remaphore
