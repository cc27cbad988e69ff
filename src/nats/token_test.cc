#include "nats/token.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/base64.h"
#include "nats/nkey.h"

namespace remaphore::nats {
namespace {

[[maybe_unused]] const bool kReady = (keys::initialize(), true);

SecretKey key_of(std::uint8_t first) {
  std::array<std::uint8_t, 32> seed{};
  seed[0] = first;
  return SecretKey::from_seed(seed);
}

constexpr Stamp kStamp{1700000000, std::nullopt, {1, 2, 3}};

struct Parts {
  std::string header, claims, signature, body;
};

Parts split(const std::string& token) {
  const std::size_t first = token.find('.'), second = token.find('.', first + 1);
  return {decode_base64url(token.substr(0, first)).value_or("?"),
          decode_base64url(token.substr(first + 1, second - first - 1)).value_or("?"),
          decode_base64url(token.substr(second + 1)).value_or("?"), token.substr(0, second)};
}

bool is_signed_by(const Parts& parts, const SecretKey& key) {
  Signature signature;
  if (parts.signature.size() != signature.bytes.size()) return false;
  std::copy(parts.signature.begin(), parts.signature.end(), signature.bytes.begin());
  return keys::verify(key.public_key(), signature, parts.body);
}

TEST(TokenTest, MintsAnOperatorThatSignsItself) {
  const SecretKey key = key_of(1);
  const Parts parts = split(mint_operator(key, "fleet", "ASYS", kStamp));
  const std::string self = encode_public(NkeyKind::kOperator, key.public_key());
  EXPECT_EQ(parts.header, R"({"typ":"JWT","alg":"ed25519-nkey"})");
  EXPECT_EQ(parts.claims, R"({"jti":"AEBAGAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","iat":1700000000,"iss":")" +
                              self + R"(","name":"fleet","sub":")" + self +
                              R"(","nats":{"system_account":"ASYS","type":"operator","version":2}})");
  EXPECT_TRUE(is_signed_by(parts, key));
}

TEST(TokenTest, MintsAnAccountWithoutLimitsAndWithItsRevocations) {
  const SecretKey op = key_of(1), account = key_of(2);
  const Parts parts = split(mint_account(op, account.public_key(), "nodes", {{"UA", 5}, {"UB", 6}}, kStamp));
  const nlohmann::json claims = nlohmann::json::parse(parts.claims);
  EXPECT_TRUE(is_signed_by(parts, op));
  EXPECT_EQ(claims["iss"], encode_public(NkeyKind::kOperator, op.public_key()));
  EXPECT_EQ(claims["sub"], encode_public(NkeyKind::kAccount, account.public_key()));
  for (const char* limit : {"subs", "data", "payload", "imports", "exports", "conn", "leaf"}) {
    EXPECT_EQ(claims["nats"]["limits"][limit], -1) << limit;
  }
  EXPECT_EQ(claims["nats"]["limits"]["wildcards"], true);
  EXPECT_EQ(claims["nats"]["revocations"], (nlohmann::json{{"UA", 5}, {"UB", 6}}));
  EXPECT_EQ(claims["nats"]["type"], "account");
  EXPECT_EQ(claims["nats"]["version"], 2);
}

TEST(TokenTest, MintsAnAccountThatMayKeepMessages) {
  const std::string with = mint_account(key_of(1), key_of(2).public_key(), "x", {}, kStamp, Streams::kAllowed);
  const std::string without = mint_account(key_of(1), key_of(2).public_key(), "x", {}, kStamp);
  EXPECT_EQ(nlohmann::json::parse(split(with).claims).at("nats").at("limits").at("disk_storage"), -1);
  EXPECT_TRUE(may_keep(with));
  EXPECT_FALSE(may_keep(without));
  for (const char* claims : {"7", "{}", R"({"nats":[]})", R"({"nats":{"limits":{"disk_storage":"x"}}})",
                             R"({"nats":{"limits":{"disk_storage":0}}})"}) {
    EXPECT_FALSE(may_keep("a." + base64url(claims) + ".c")) << claims;
  }
  EXPECT_FALSE(may_keep("no token"));
}

TEST(TokenTest, ReadsItsPermissionsBack) {
  const Permissions permissions{{"a.*", "$JS.API.STREAM.INFO.A"}, {"b"}};
  const Result<Permissions> read =
      read_permissions(mint_user(key_of(1), key_of(2).public_key(), "x", permissions, kStamp));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->publish, permissions.publish);
  EXPECT_EQ(read->subscribe, permissions.subscribe);
  for (const char* claims : {"{}", R"({"nats":{"pub":[]}})", R"({"nats":{"pub":{"allow":7}}})"}) {
    EXPECT_TRUE(read_permissions("a." + base64url(claims) + ".c")->publish.empty()) << claims;
  }
  EXPECT_EQ(read_permissions("a." + base64url(R"({"nats":{"pub":{"allow":[7,"x"]}}})") + ".c")->publish,
            std::vector<std::string>{"x"});
  EXPECT_FALSE(read_permissions("no token"));
}

TEST(TokenTest, MintsAUserWithItsPermissionsAndAnEnd) {
  const SecretKey account = key_of(2), user = key_of(3);
  Stamp stamp = kStamp;
  stamp.expires = 1800000000;
  const Parts parts = split(mint_user(account, user.public_key(), "com.a", {{"r.*"}, {"r.*", "s.*"}}, stamp));
  EXPECT_TRUE(is_signed_by(parts, account));
  EXPECT_TRUE(parts.claims.starts_with(R"({"exp":1800000000,"jti":")"));
  EXPECT_TRUE(parts.claims.ends_with(R"("nats":{"pub":{"allow":["r.*"]},"sub":{"allow":["r.*","s.*"]},)"
                                     R"("subs":-1,"data":-1,"payload":-1,"type":"user","version":2}})"))
      << parts.claims;
}

TEST(TokenTest, ReadsItsClaimsBack) {
  const SecretKey account = key_of(2), user = key_of(3);
  Stamp stamp = kStamp;
  stamp.expires = 1800000000;
  const Result<Claims> claims = read_claims(mint_user(account, user.public_key(), "com.a", {}, stamp));
  ASSERT_TRUE(claims);
  EXPECT_EQ(claims->issuer, encode_public(NkeyKind::kAccount, account.public_key()));
  EXPECT_EQ(claims->subject, encode_public(NkeyKind::kUser, user.public_key()));
  EXPECT_EQ(claims->name, "com.a");
  EXPECT_EQ(claims->type, "user");
  EXPECT_EQ(claims->issued, 1700000000);
  EXPECT_EQ(claims->expires, 1800000000);
}

TEST(TokenTest, ReadsWhateverTypesTheClaimsHave) {
  for (const std::string_view json : {R"({"exp":"soon","sub":7,"nats":[]})", R"({"exp":1e300})",
                                      R"({"exp":18446744073709551615})", R"({"exp":null,"nats":{"type":{}}})", "{}"}) {
    const Result<Claims> claims = read_claims("e30." + base64url(json) + ".x");
    ASSERT_TRUE(claims) << json;
    EXPECT_FALSE(claims->expires) << json;
    EXPECT_EQ(claims->subject, "") << json;
    EXPECT_EQ(claims->type, "") << json;
  }
}

TEST(TokenTest, RefusesWhatIsNoToken) {
  const std::string deep = base64url(std::string(40000, '['));
  for (const std::string& token :
       {std::string(), std::string("a"), std::string("a.b"), std::string("a.e30.b.c"), std::string("a.*.b"),
        "a." + base64url("[1]") + ".b", "a." + base64url("{\"a\":") + ".b", "a." + deep + ".b",
        std::string(kMaxToken + 1, 'a')}) {
    EXPECT_FALSE(read_claims(token)) << token.substr(0, 40);
  }
}

}  // namespace
}  // namespace remaphore::nats
