#include "core/keys.h"

#include <gtest/gtest.h>
#include <sodium.h>

#include <optional>
#include <set>

#include "base/base58.h"
#include "base/hex.h"
#include "support/test_messages.h"

namespace remaphore {
namespace {

using test::key_of;
using Bytes32 = std::array<std::uint8_t, 32>;

// RFC 8032, section 7.1, test 2.
TEST(KeysTest, SignsAsTheStandardSays) {
  Bytes32 seed{};
  ASSERT_TRUE(hex::decode_exactly("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", seed));
  const SecretKey key = SecretKey::from_seed(seed);
  EXPECT_EQ(hex::encode(key.public_key().bytes), "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
  EXPECT_EQ(hex::encode(key.sign("\x72").bytes),
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
            "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
}

TEST(KeysTest, HashesAsTheStandardSays) {
  const std::string abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  EXPECT_EQ(hex::encode(keys::sha256("abc").bytes), abc);
  EXPECT_EQ(hex::encode(keys::sha256("a", "bc").bytes), abc);
  EXPECT_EQ(hex::encode(keys::sha256("", "abc").bytes), abc);
  EXPECT_NE(hex::encode(keys::sha256("", "ab").bytes), abc);
}

TEST(KeysTest, VerifiesItsOwnSignaturesAndNoOther) {
  const SecretKey key = key_of(1), other = key_of(2);
  const Signature signature = key.sign("text");
  EXPECT_TRUE(keys::verify(key.public_key(), signature, "text"));
  EXPECT_FALSE(keys::verify(key.public_key(), signature, "texT"));
  EXPECT_FALSE(keys::verify(key.public_key(), signature, "text "));
  EXPECT_FALSE(keys::verify(key.public_key(), signature, ""));
  EXPECT_FALSE(keys::verify(other.public_key(), signature, "text"));
}

TEST(KeysTest, RefusesASignatureWithAnySingleBitChanged) {
  const SecretKey key = key_of(1);
  const Signature signature = key.sign("text");
  for (std::size_t bit = 0; bit < 512; ++bit) {
    Signature changed = signature;
    changed.bytes[bit / 8] = static_cast<std::uint8_t>(changed.bytes[bit / 8] ^ (1u << (bit % 8)));
    EXPECT_FALSE(keys::verify(key.public_key(), changed, "text")) << bit;
  }
}

// S and S + L (L: the order of the group) fit the same equation; only one of them may count, or every signature would
// have a second spelling.
TEST(KeysTest, RefusesASignatureWhoseScalarIsNotReduced) {
  const Bytes32 order = {0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7,
                         0xa2, 0xde, 0xf9, 0xde, 0x14, 0,    0,    0,    0,    0,    0,
                         0,    0,    0,    0,    0,    0,    0,    0,    0,    0x10};
  const SecretKey key = key_of(1);
  Signature malleated = key.sign("text");
  unsigned carry = 0;
  for (std::size_t i = 0; i < 32; ++i) {
    carry += static_cast<unsigned>(malleated.bytes[32 + i]) + order[i];
    malleated.bytes[32 + i] = static_cast<std::uint8_t>(carry);
    carry >>= 8;
  }
  ASSERT_EQ(carry, 0u);
  EXPECT_FALSE(keys::verify(key.public_key(), malleated, "text"));
}

TEST(KeysTest, RefusesEverythingUnderALowOrderKey) {
  // With the identity as key and R, and S = 0, a verifier that does not check for it accepts this for every text.
  PublicKey identity;
  identity.bytes[0] = 1;
  Signature forged{};
  forged.bytes[0] = 1;
  EXPECT_FALSE(keys::verify(identity, forged, "anything"));
}

// ---- low order, by libsodium's own arithmetic

std::optional<Bytes32> sum(const Bytes32& a, const Bytes32& b) {
  Bytes32 out{};
  if (crypto_core_ed25519_add(out.data(), a.data(), b.data()) != 0) return std::nullopt;  // not on the curve
  return out;
}

// Is 8 * point the identity? nullopt: these bytes are not a point.
std::optional<bool> judged_low_order(const Bytes32& bytes) {
  std::optional<Bytes32> point = bytes;
  for (int doubling = 0; doubling < 3 && point; ++doubling) point = sum(*point, *point);
  if (!point) return std::nullopt;
  return *point == Bytes32{1};
}

Bytes32 with_sign(Bytes32 bytes, bool sign) {
  bytes[31] = static_cast<std::uint8_t>((bytes[31] & 0x7f) | (sign ? 0x80 : 0));
  return bytes;
}

TEST(LowOrderTest, HoldsForAllEightPointsOfTheTorsionGroup) {
  Bytes32 eighth{};
  ASSERT_TRUE(hex::decode_exactly("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05", eighth));
  std::set<Bytes32> group;
  Bytes32 point{1};
  for (int i = 0; i < 8; ++i) {
    EXPECT_TRUE(keys::is_low_order({point})) << hex::encode(point);
    EXPECT_EQ(judged_low_order(point), true) << hex::encode(point);
    group.insert(point);
    point = *sum(point, eighth);
  }
  EXPECT_EQ(group.size(), 8u);
  EXPECT_EQ(point, Bytes32{1});  // and round again: there are no more of them
}

TEST(LowOrderTest, AgreesWithArithmeticOnEveryNonCanonicalSpelling) {
  int low = 0;
  for (int y = 0; y < 19; ++y) {  // y + p still fits into 255 bits
    Bytes32 bytes;
    bytes.fill(0xff);
    bytes[0] = static_cast<std::uint8_t>(0xed + y);
    for (const bool sign : {false, true}) {
      const Bytes32 spelled = with_sign(bytes, sign);
      EXPECT_EQ(keys::is_low_order({spelled}), judged_low_order(spelled).value_or(false)) << hex::encode(spelled);
      low += keys::is_low_order({spelled});
    }
  }
  EXPECT_EQ(low, 4);  // 0 and 1, either sign
}

TEST(LowOrderTest, AgreesWithArithmeticOnSmallAndLargeValues) {
  int points = 0;
  for (int i = 0; i < 256; ++i) {
    Bytes32 small{static_cast<std::uint8_t>(i)}, large;
    large.fill(0xff);
    large[0] = static_cast<std::uint8_t>(i);
    for (const Bytes32& bytes : {with_sign(small, false), with_sign(small, true), with_sign(large, false)}) {
      const auto judged = judged_low_order(bytes);
      points += judged.has_value();
      EXPECT_EQ(keys::is_low_order({bytes}), judged.value_or(false)) << hex::encode(bytes);
    }
  }
  EXPECT_GT(points, 100);
}

TEST(LowOrderTest, HoldsForNoKeyThatIsGenerated) {
  for (int i = 0; i < 200; ++i) {
    const PublicKey key = SecretKey::generate().public_key();
    EXPECT_FALSE(keys::is_low_order(key));
    EXPECT_EQ(judged_low_order(key.bytes), false);
  }
}

// ---- text

TEST(KeyTextTest, GoesThereAndBack) {
  const SecretKey key = key_of(7);
  const std::string public_text = keys::to_base58(key.public_key());
  ASSERT_TRUE(keys::public_key_from_base58(public_text));
  EXPECT_EQ(*keys::public_key_from_base58(public_text), key.public_key());
  const auto back = SecretKey::from_base58(key.to_base58());
  ASSERT_TRUE(back);
  EXPECT_EQ(back->public_key(), key.public_key());
  EXPECT_EQ(back->to_base58(), key.to_base58());
  const Signature signature = key.sign("x");
  const auto read = keys::signature_from_base58(keys::to_base58(signature));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->bytes, signature.bytes);
}

TEST(KeyTextTest, IsBoundedBeforeItIsDecoded) {
  const std::string ones(44, '1');
  EXPECT_TRUE(keys::public_key_from_base58(ones.substr(0, 32)));  // 32 zero bytes
  for (const std::size_t size : {0u, 31u, 33u, 44u}) {
    const auto key = keys::public_key_from_base58(ones.substr(0, size));
    ASSERT_FALSE(key) << size;
    EXPECT_EQ(key.error().code, Errc::kFormat);
  }
  EXPECT_FALSE(keys::public_key_from_base58(std::string(44, 'z')));  // 33 bytes
  EXPECT_FALSE(keys::public_key_from_base58(std::string(45, '1')));
  EXPECT_TRUE(keys::signature_from_base58(std::string(64, '1')));
  for (const auto& text : {std::string(), std::string(63, '1'), std::string(65, '1'), std::string(88, 'z'),
                           std::string(89, '1'), std::string(64, '0')}) {
    const auto signature = keys::signature_from_base58(text);
    ASSERT_FALSE(signature) << text;
    EXPECT_EQ(signature.error().code, Errc::kFormat);
  }
}

TEST(KeyTextTest, RefusesAPrivateKeyWhosePublicHalfIsAnother) {
  const SecretKey key = key_of(1), other = key_of(2);
  std::array<std::uint8_t, 64> bytes{};
  ASSERT_TRUE(base58::decode_exactly(key.to_base58(), bytes));
  const PublicKey wrong = other.public_key();
  std::copy(wrong.bytes.begin(), wrong.bytes.end(), bytes.begin() + 32);
  const std::string text = base58::encode(bytes);
  const auto refused = SecretKey::from_base58(text);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::kFormat);
  EXPECT_EQ(refused.error().message.find(text), std::string::npos);
}

TEST(KeyTextTest, NeverQuotesAPrivateKeyThatItRefuses) {
  const std::string text = key_of(1).to_base58() + "1";
  const auto refused = SecretKey::from_base58(text);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message.find(text.substr(0, 8)), std::string::npos);
}

TEST(SecretKeyTest, GeneratesAnotherKeyEachTime) {
  std::set<std::string> seen;
  for (int i = 0; i < 20; ++i) seen.insert(SecretKey::generate().to_base58());
  EXPECT_EQ(seen.size(), 20u);
}

TEST(SecretKeyTest, KeepsItsSeed) {
  const Bytes32 seed = {9, 8, 7};
  const SecretKey key = SecretKey::from_seed(seed);
  EXPECT_TRUE(std::equal(seed.begin(), seed.end(), key.seed().begin()));
  static_assert(!std::is_copy_constructible_v<SecretKey> && !std::is_copy_assignable_v<SecretKey>);
}

TEST(KeysTest, WipesTheMemoryItIsGiven) {
  std::string text = "secret";
  keys::wipe(text);
  EXPECT_EQ(text, std::string(6, '\0'));
}

TEST(KeysTest, GivesOtherRandomBytesEachTime) {
  std::array<std::uint8_t, 16> a{}, b{};
  keys::random_bytes(a);
  keys::random_bytes(b);
  EXPECT_NE(a, b);
}

}  // namespace
}  // namespace remaphore
