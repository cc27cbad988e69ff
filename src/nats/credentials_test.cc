#include "nats/credentials.h"

#include <gtest/gtest.h>

#include "nats/nkey.h"
#include "nats/token.h"

namespace remaphore::nats {
namespace {

[[maybe_unused]] const bool kReady = (keys::initialize(), true);

const SecretKey& user() {
  static const SecretKey key = SecretKey::from_seed(std::array<std::uint8_t, 32>{7});
  return key;
}

std::string token(std::optional<std::int64_t> expires = std::nullopt) {
  return mint_user(SecretKey::from_seed(std::array<std::uint8_t, 32>{8}), user().public_key(), "n", {},
                   {1, expires, {}});
}

std::string seed() { return encode_seed(NkeyKind::kUser, user()); }

std::string good() { return format_credentials(token(), seed()); }

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != text.npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

std::string error_of(std::string_view text) {
  const Result<Credentials> credentials = parse_credentials(text);
  if (credentials) return "no error";
  EXPECT_EQ(credentials.error().code, Errc::kConfig);
  return credentials.error().message;
}

TEST(CredentialsTest, ReadsBackWhatItWrites) {
  const Result<Credentials> credentials = parse_credentials(format_credentials(token(99), seed()));
  ASSERT_TRUE(credentials) << credentials.error().message;
  EXPECT_EQ(credentials->token, token(99));
  EXPECT_EQ(credentials->key.public_key(), user().public_key());
  const Result<CredentialClaims> claims = read_claims(*credentials);
  ASSERT_TRUE(claims) << claims.error().message;
  EXPECT_EQ(claims->expires, 99);
  EXPECT_EQ(claims->user_public, encode_public(NkeyKind::kUser, user().public_key()));
}

TEST(CredentialsTest, AcceptsWhatEditorsAndMailsDoToAFile) {
  const std::string token_block = "--- BEGIN NATS USER JWT ---\n" + token() + "\n---END NATS USER JWT---\n";
  const std::string seed_block = "-----BEGIN USER NKEY SEED-----\n" + seed() + "\n------END USER NKEY SEED------";
  const std::string texts[] = {
      replaced(good(), "\n", "\r\n"),
      replaced(good(), "\n", " \t\n  "),
      replaced(good(), "\n", "\n\n"),
      "\xef\xbb\xbf" + good(),
      "a note\n" + token_block +
          "************* IMPORTANT *************\nNKEY Seed printed below can be used to sign.\n\n" + seed_block,
      seed_block + "\n" + token_block,
      good() + "-----BEGIN NATS USER JWT-----\nanother\n------END NATS USER JWT------\n",
  };
  for (const std::string& text : texts) {
    const Result<Credentials> credentials = parse_credentials(text);
    ASSERT_TRUE(credentials) << credentials.error().message << "\n" << text;
    EXPECT_EQ(credentials->token, token());
  }
}

TEST(CredentialsTest, NamesTheBlockThatIsMissingOrBroken) {
  EXPECT_EQ(error_of(""), "no NATS USER JWT block");
  EXPECT_EQ(error_of(token() + "\n" + seed() + "\n"), "no NATS USER JWT block");
  EXPECT_EQ(error_of(replaced(good(), "-----BEGIN NATS", "--BEGIN NATS")), "no NATS USER JWT block");
  EXPECT_EQ(error_of(replaced(good(), "BEGIN USER NKEY SEED", "BEGIN USER SEED")), "no USER NKEY SEED block");
  EXPECT_EQ(error_of(replaced(good(), "END NATS USER JWT", "END")), "the NATS USER JWT block has no END line");
  EXPECT_EQ(error_of(replaced(good(), "------END USER NKEY SEED------\n", "")),
            "the USER NKEY SEED block has no END line");
  EXPECT_EQ(error_of(replaced(good(), seed(), "")), "the USER NKEY SEED block is empty");
  EXPECT_EQ(error_of(replaced(good(), token(), "a\nb")), "the NATS USER JWT block holds more than one line");
  EXPECT_EQ(error_of(std::string(kMaxCredentials + 1, '\n')), "longer than 64 KiB, so not a credentials file");
}

TEST(CredentialsTest, RefusesABadSeedWithoutQuotingIt) {
  std::string broken = seed();
  broken[20] = broken[20] == 'A' ? 'B' : 'A';
  EXPECT_EQ(error_of(format_credentials(token(), broken)), "bad seed: wrong checksum");
  EXPECT_EQ(error_of(format_credentials(token(), encode_seed(NkeyKind::kAccount, user()))),
            "bad seed: user seeds start with SU");
}

TEST(CredentialsTest, TellTheSeedOfAnotherUser) {
  const std::string other = encode_seed(NkeyKind::kUser, SecretKey::generate());
  const auto claims = read_claims(*parse_credentials(format_credentials(token(), other)));
  ASSERT_FALSE(claims);
  EXPECT_EQ(claims.error().message,
            "the seed does not belong to the token's user " + encode_public(NkeyKind::kUser, user().public_key()));
}

TEST(CredentialsTest, RefusesATokenThatCouldLeaveItsQuotes) {
  EXPECT_EQ(error_of(format_credentials("a.b.c\",\"x\":\"", seed())),
            "the NATS USER JWT block contains an invalid character");
}

TEST(CredentialsTest, LeavesClaimsItCannotReadToTheServer) {
  const Result<Credentials> credentials = parse_credentials(format_credentials("opaque", seed()));
  ASSERT_TRUE(credentials);
  EXPECT_EQ(credentials->token, "opaque");
  EXPECT_FALSE(read_claims(*credentials)->expires);
  EXPECT_EQ(read_claims(*credentials)->user_public, "");
}

}  // namespace
}  // namespace remaphore::nats
