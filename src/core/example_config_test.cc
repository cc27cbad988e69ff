#include "core/example_config.h"

#include <gtest/gtest.h>

#include "core/config_parser.h"
#include "support/test_messages.h"

namespace remaphore {
namespace {

TEST(ExampleConfigTest, IsAConfig) {
  const SecretKey key = test::key_of(5);
  const std::string text = example_config(key);
  const auto config = parse_config(std::vector<char>(text.begin(), text.end()), "example");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_TRUE(config->warnings.empty());
  EXPECT_EQ(config->servers.front().display(), "natsserver:4222");
  EXPECT_EQ(config->credentials, "/path/to/credentials/file");
  EXPECT_EQ(config->subject, "remaphore");
  EXPECT_EQ(config->destination, "all");
  EXPECT_EQ(config->allow_skew, std::chrono::seconds(5));
  ASSERT_EQ(config->identities.size(), 1u);
  EXPECT_EQ(config->default_identity_text, keys::to_base58(key.public_key()));
  EXPECT_EQ(config->identities[0].secret_key.public_key(), key.public_key());
  EXPECT_EQ(config->identities[0].verbs.text(), "ping");
  EXPECT_TRUE(config->peers.all().empty());
  EXPECT_NE(text.find("[ Peers ]\n"), std::string::npos);
}

}  // namespace
}  // namespace remaphore
