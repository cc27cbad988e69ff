#include "nats/nkey.h"

#include <gtest/gtest.h>

#include <numeric>

#include "base/base32.h"

namespace remaphore::nats {
namespace {

[[maybe_unused]] const bool kReady = (keys::initialize(), true);

constexpr std::string_view kOperator = "OAB2CB576PHBBPQ5ODORRZ2LYCMWPZGWGCN2KDK7DXOIMZASKUY3QZVT";
constexpr std::string_view kAccount = "AAB2CB576PHBBPQ5ODORRZ2LYCMWPZGWGCN2KDK7DXOIMZASKUY3QPZV";
constexpr std::string_view kUser = "UAB2CB576PHBBPQ5ODORRZ2LYCMWPZGWGCN2KDK7DXOIMZASKUY3RLKK";
constexpr std::string_view kOperatorSeed = "SOAAAAICAMCAKBQHBAEQUCYMBUHA6EARCIJRIFIWC4MBSGQ3DQOR4H2AJA";
constexpr std::string_view kAccountSeed = "SAAAAAICAMCAKBQHBAEQUCYMBUHA6EARCIJRIFIWC4MBSGQ3DQOR4HYMHI";
constexpr std::string_view kUserSeed = "SUAAAAICAMCAKBQHBAEQUCYMBUHA6EARCIJRIFIWC4MBSGQ3DQOR4H776Y";

// The seed bytes 00 to 1f.
SecretKey counting_key() {
  std::array<std::uint8_t, 32> seed{};
  std::iota(seed.begin(), seed.end(), std::uint8_t{0});
  return SecretKey::from_seed(seed);
}

TEST(NkeyTest, WritesTheTextsThatTheGoLibraryWrites) {
  const SecretKey key = counting_key();
  EXPECT_EQ(encode_public(NkeyKind::kOperator, key.public_key()), kOperator);
  EXPECT_EQ(encode_public(NkeyKind::kAccount, key.public_key()), kAccount);
  EXPECT_EQ(encode_public(NkeyKind::kUser, key.public_key()), kUser);
  EXPECT_EQ(encode_seed(NkeyKind::kOperator, key), kOperatorSeed);
  EXPECT_EQ(encode_seed(NkeyKind::kAccount, key), kAccountSeed);
  EXPECT_EQ(encode_seed(NkeyKind::kUser, key), kUserSeed);
}

TEST(NkeyTest, ReadsBackWhatItWrites) {
  for (int i = 0; i < 50; ++i) {
    const SecretKey key = SecretKey::generate();
    for (const NkeyKind kind : {NkeyKind::kOperator, NkeyKind::kAccount, NkeyKind::kUser}) {
      const Result<PublicKey> pub = decode_public(kind, encode_public(kind, key.public_key()));
      ASSERT_TRUE(pub);
      EXPECT_EQ(*pub, key.public_key());
      const Result<SecretKey> seed = decode_seed(kind, encode_seed(kind, key));
      ASSERT_TRUE(seed);
      EXPECT_EQ(seed->public_key(), key.public_key());
    }
  }
}

TEST(NkeyTest, RefusesASeedWhoseChecksumIsWrong) {
  for (std::size_t i = 2; i < kUserSeed.size() - 1; ++i) {
    std::string text(kUserSeed);
    text[i] = text[i] == 'B' ? 'C' : 'B';
    const Result<SecretKey> key = decode_seed(NkeyKind::kUser, text);
    ASSERT_FALSE(key) << i;
    EXPECT_EQ(key.error().message, "bad seed: wrong checksum") << i;
    EXPECT_EQ(key.error().code, Errc::kConfig);
  }
}

TEST(NkeyTest, RefusesASeedOfAnotherKind) {
  EXPECT_EQ(decode_seed(NkeyKind::kUser, kAccountSeed).error().message, "bad seed: user seeds start with SU");
  EXPECT_FALSE(decode_seed(NkeyKind::kAccount, kUserSeed));
  EXPECT_FALSE(decode_seed(NkeyKind::kOperator, kUserSeed));
}

TEST(NkeyTest, RefusesOtherLengthsAndCharactersAndStrayBits) {
  EXPECT_EQ(decode_seed(NkeyKind::kUser, "").error().message, "bad seed: it has 0 characters, not 58");
  EXPECT_FALSE(decode_seed(NkeyKind::kUser, kUserSeed.substr(1)));
  EXPECT_FALSE(decode_seed(NkeyKind::kUser, std::string(kUserSeed) + "="));
  std::string text(kUserSeed);
  text[5] = 'a';
  EXPECT_EQ(decode_seed(NkeyKind::kUser, text).error().message, "bad seed: not base32");
  text = kUserSeed;
  text.back() = 'Z';  // Y is 24, Z is 25: the same bytes and a stray bit
  EXPECT_EQ(decode_seed(NkeyKind::kUser, text).error().message, "bad seed: not base32");
}

TEST(NkeyTest, RefusesAPublicKeyOfAnotherKindOrChecksum) {
  EXPECT_EQ(decode_public(NkeyKind::kUser, kAccount).error().message, "bad user key: it does not start with U");
  std::string text(kUser);
  text[10] = text[10] == 'A' ? 'B' : 'A';
  EXPECT_EQ(decode_public(NkeyKind::kUser, text).error().message, "bad user key: wrong checksum");
  EXPECT_FALSE(decode_public(NkeyKind::kUser, kUserSeed));
}

TEST(Base32Test, WritesTheVectorsOfTheStandardWithoutPadding) {
  const auto encode = [](std::string_view text) {
    return base32::encode(std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
  };
  EXPECT_EQ(encode(""), "");
  EXPECT_EQ(encode("f"), "MY");
  EXPECT_EQ(encode("fo"), "MZXQ");
  EXPECT_EQ(encode("foo"), "MZXW6");
  EXPECT_EQ(encode("foob"), "MZXW6YQ");
  EXPECT_EQ(encode("fooba"), "MZXW6YTB");
  EXPECT_EQ(encode("foobar"), "MZXW6YTBOI");
}

}  // namespace
}  // namespace remaphore::nats
