#include "core/keys.h"

#include <sodium.h>

#include <cstdlib>
#include <cstring>
#include <vector>

#include "base/base58.h"

namespace remaphore {
namespace {

constexpr std::size_t kSecretBytes = 64;
static_assert(kSecretBytes == crypto_sign_SECRETKEYBYTES);

// The memory of all secret keys: blocks of sodium_malloc, shared because each costs six system calls. Never freed.
class Vault {
 public:
  std::uint8_t* take() {
    if (free_.empty()) add_block();
    std::uint8_t* const place = free_.back();
    free_.pop_back();
    return place;
  }
  void give_back(std::uint8_t* place) {
    sodium_memzero(place, kSecretBytes);
    free_.push_back(place);
  }

 private:
  void add_block() {
    auto* const block = static_cast<std::uint8_t*>(sodium_allocarray(kBlock, kSecretBytes));
    if (block == nullptr) std::abort();
    places_ += kBlock;
    free_.reserve(places_);  // so that releasing a key cannot fail
    for (std::size_t i = 0; i < kBlock; ++i) free_.push_back(block + i * kSecretBytes);
  }
  static constexpr std::size_t kBlock = 32;  // keys; fits a page
  std::size_t places_ = 0;
  std::vector<std::uint8_t*> free_;
};

Vault& vault() {
  static auto* const all = new Vault;  // outlives every key
  return *all;
}

const unsigned char* data(std::string_view bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }

}  // namespace

void SecretKey::Free::operator()(std::uint8_t* bytes) const { vault().give_back(bytes); }

SecretKey::SecretKey() : bytes_(vault().take()) {}

SecretKey SecretKey::generate() {
  SecretKey key;
  PublicKey ignored;
  crypto_sign_keypair(ignored.bytes.data(), key.bytes_.get());
  return key;
}

SecretKey SecretKey::from_seed(std::span<const std::uint8_t, 32> seed) {
  SecretKey key;
  PublicKey ignored;
  crypto_sign_seed_keypair(ignored.bytes.data(), key.bytes_.get(), seed.data());
  return key;
}

Result<SecretKey> SecretKey::from_base58(std::string_view text) {
  SecretKey key;
  if (!base58::decode_exactly(text, std::span(key.bytes_.get(), kSecretBytes))) {
    return fail(Errc::kFormat, "private key is not base58 of 64 bytes");
  }
  const SecretKey derived = from_seed(key.seed());
  if (sodium_memcmp(derived.bytes_.get(), key.bytes_.get(), kSecretBytes) != 0) {
    return fail(Errc::kFormat, "private key does not belong to its own public half");
  }
  return key;
}

PublicKey SecretKey::public_key() const {
  PublicKey key;
  std::memcpy(key.bytes.data(), bytes_.get() + 32, key.bytes.size());
  return key;
}

std::span<const std::uint8_t, 32> SecretKey::seed() const {
  return std::span<const std::uint8_t, 32>(bytes_.get(), 32);
}

std::string SecretKey::to_base58() const { return base58::encode(std::span(bytes_.get(), kSecretBytes)); }

Signature SecretKey::sign(std::string_view bytes) const {
  Signature signature;
  crypto_sign_detached(signature.bytes.data(), nullptr, data(bytes), bytes.size(), bytes_.get());
  return signature;
}

namespace keys {

void initialize() {
  if (sodium_init() < 0) std::abort();
}

std::string to_base58(const PublicKey& key) { return base58::encode(key.bytes); }
std::string to_base58(const Signature& signature) { return base58::encode(signature.bytes); }

Result<PublicKey> public_key_from_base58(std::string_view text) {
  PublicKey key;
  if (text.size() < kMinPublicKeyText || text.size() > kMaxPublicKeyText || !base58::decode_exactly(text, key.bytes)) {
    return fail(Errc::kFormat, "not base58 of a 32-byte public key");
  }
  return key;
}

Result<Signature> signature_from_base58(std::string_view text) {
  Signature signature;
  if (text.size() < kMinSignatureText || text.size() > kMaxSignatureText ||
      !base58::decode_exactly(text, signature.bytes)) {
    return fail(Errc::kFormat, "signature is not base58 of 64 bytes");
  }
  return signature;
}

bool is_low_order(const PublicKey& key) {
  // The y coordinates, little endian, of the points of order 1, 2, 4 and 8 on edwards25519, and p, p + 1, p - 1's
  // non-canonical spellings; the top bit is the sign of x and is masked off below. Cremers and Jackson, "Prime, Order
  // Please!", 2019, list the same values.
  using Bytes = std::array<std::uint8_t, 32>;
  static constexpr auto kFilled = [](std::uint8_t first) {
    Bytes bytes;
    bytes.fill(0xff);
    bytes[0] = first;
    bytes[31] = 0x7f;
    return bytes;
  };
  static constexpr Bytes kTable[] = {
      {0},  // y = 0, order 4
      {1},  // y = 1, order 1
      {0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0,
       0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05},  // order 8
      {0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f,
       0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a},  // order 8
      kFilled(0xec),  // y = p - 1 = -1, order 2
      kFilled(0xed),  // y = p, a second spelling of 0
      kFilled(0xee),  // y = p + 1, a second spelling of 1
  };
  Bytes bytes = key.bytes;
  bytes[31] &= 0x7f;
  for (const Bytes& low : kTable) {
    if (bytes == low) return true;
  }
  return false;
}

bool verify(const PublicKey& key, const Signature& signature, std::string_view bytes) {
  return crypto_sign_verify_detached(signature.bytes.data(), data(bytes), bytes.size(), key.bytes.data()) == 0;
}

Digest sha256(std::string_view bytes) {
  Digest digest;
  crypto_hash_sha256(digest.bytes.data(), data(bytes), bytes.size());
  return digest;
}

Digest sha256(std::string_view first, std::string_view second) {
  Digest digest;
  crypto_hash_sha256_state state;
  crypto_hash_sha256_init(&state);
  crypto_hash_sha256_update(&state, data(first), first.size());
  crypto_hash_sha256_update(&state, data(second), second.size());
  crypto_hash_sha256_final(&state, digest.bytes.data());
  return digest;
}

void random_bytes(std::span<std::uint8_t> out) { randombytes_buf(out.data(), out.size()); }

void wipe(std::span<char> bytes) { sodium_memzero(bytes.data(), bytes.size()); }

}  // namespace keys
}  // namespace remaphore
