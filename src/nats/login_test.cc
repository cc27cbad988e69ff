#include "nats/login.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/base64.h"
#include "nats/token.h"
#include "support/test_messages.h"

namespace remaphore::nats {
namespace {

constexpr WallTime kNow{std::chrono::seconds(1'700'000'000)};

Credentials credentials_of(std::uint8_t number, std::optional<std::int64_t> expires = std::nullopt) {
  const std::string token = mint_user(test::key_of(20), test::key_of(number).public_key(), "n", {},
                                      {.issued = 1, .expires = expires, .id = {}});
  return {token, test::key_of(number)};
}

nlohmann::json connect(const Login& login) {
  std::string out = "before";
  write_login(out, login);
  EXPECT_EQ(out.rfind("beforeCONNECT ", 0), 0u);
  return nlohmann::json::parse(out.substr(14));
}

TEST(LoginTest, SignsTheNonceAndShowsTheToken) {
  const Credentials credentials = credentials_of(1);
  const auto json = connect({.version = "1", .credentials = credentials, .nonce = "abc", .tls = true});
  EXPECT_EQ(json["jwt"], credentials.token);
  EXPECT_EQ(json["sig"], base64url(credentials.key.sign("abc").bytes));
  EXPECT_EQ(json["tls_required"], true);
}

TEST(LoginTest, ShowsNoTokenToAServerThatDoesNotAsk) {
  const Credentials credentials = credentials_of(1);
  const auto json = connect({.version = "1", .credentials = credentials, .nonce = {}, .user = "u", .password = "p"});
  EXPECT_FALSE(json.contains("jwt"));
  EXPECT_FALSE(json.contains("sig"));
  EXPECT_EQ(json["user"], "u");
  EXPECT_EQ(json["pass"], "p");
}

TEST(LoginTest, ExplainsARefusalWhereItCan) {
  const std::int64_t now = 1'700'000'000;
  EXPECT_EQ(explain_refusal(credentials_of(1), kNow), "");
  EXPECT_EQ(explain_refusal(credentials_of(1, now + 1), kNow), "");
  EXPECT_EQ(explain_refusal(credentials_of(1, now), kNow), "; they expired 0s ago");
  EXPECT_EQ(explain_refusal(credentials_of(1, now - 7200), kNow), "; they expired 2h ago");
  EXPECT_NE(explain_refusal(credentials_of(1, std::numeric_limits<std::int64_t>::min()), kNow), "");
  Credentials mixed{credentials_of(1).token, test::key_of(2)};
  EXPECT_EQ(explain_refusal(mixed, kNow).rfind("; the seed does not belong to the token's user U", 0), 0u);
}

}  // namespace
}  // namespace remaphore::nats
