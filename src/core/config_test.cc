#include "core/config.h"

#include <gtest/gtest.h>

#include "support/test_messages.h"

namespace remaphore {
namespace {

using test::public_text;

class IdentityForTest : public testing::Test {
 protected:
  IdentityForTest() {
    const std::pair<std::uint8_t, const char*> identities[] = {{1, "ping"}, {2, "ping,deploy"}, {3, "*"}};
    for (const auto& [number, verbs] : identities) {
      config_.identities.push_back({public_text(number), test::key_of(number), VerbList(verbs)});
    }
  }
  std::string chosen(std::string_view verb, std::string_view key = "") const {
    const auto identity = config_.identity_for(verb, key);
    return identity ? (*identity)->public_key : identity.error().message;
  }
  Config config_;
};

TEST_F(IdentityForTest, TakesTheDefaultIfItMay) {
  config_.default_identity = 1;
  EXPECT_EQ(chosen("ping"), public_text(2));
  EXPECT_EQ(chosen("deploy"), public_text(2));
}

TEST_F(IdentityForTest, TakesTheFirstThatMayIfTheDefaultMayNot) {
  EXPECT_EQ(chosen("deploy"), public_text(2));
  EXPECT_EQ(chosen("reboot"), public_text(3));
}

TEST_F(IdentityForTest, TakesTheOneAskedForAndNoOther) {
  EXPECT_EQ(chosen("ping", public_text(3)), public_text(3));
  const auto refused = config_.identity_for("deploy", public_text(1));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::kUsage);
  EXPECT_EQ(refused.error().message, "identity " + public_text(1) + " may not send verb \"deploy\", only [ping]");
  const auto unknown = config_.identity_for("ping", public_text(9));
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, Errc::kUsage);
  EXPECT_EQ(unknown.error().message, "no configured identity has the key \"(44 characters not shown)\"; configured: " +
                                         public_text(1) + ", " + public_text(2) + ", " + public_text(3));
}

TEST_F(IdentityForTest, NamesTheVerbAndAllItLookedAtIfNoneMay) {
  config_.identities.pop_back();
  const auto refused = config_.identity_for("reboot", "");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::kUsage);
  EXPECT_EQ(refused.error().message, "no configured identity may send verb \"reboot\"; looked at " + public_text(1) +
                                         " [ping], " + public_text(2) + " [ping,deploy]");
}

}  // namespace
}  // namespace remaphore
