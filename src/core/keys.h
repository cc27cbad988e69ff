// Ed25519 keys and signatures (RFC 8032) and SHA-256, by libsodium: the only module that includes <sodium.h>.
// Keys and signatures travel as base58 text (doc/wire-format.md). Everything here is free of shared state and may be
// called from several threads once initialize() has returned.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace remaphore {

inline constexpr std::size_t kMinPublicKeyText = 32, kMaxPublicKeyText = 44;
inline constexpr std::size_t kMinSignatureText = 64, kMaxSignatureText = 88;

struct PublicKey {
  std::array<std::uint8_t, 32> bytes{};
  bool operator==(const PublicKey&) const = default;
};

struct Signature {
  std::array<std::uint8_t, 64> bytes{};
};

struct Digest {  // SHA-256
  std::array<std::uint8_t, 32> bytes{};
  bool operator==(const Digest&) const = default;
};

// An Ed25519 secret key in libsodium's layout: 32-byte seed, then the public key. Lives in sodium_malloc memory (guard
// pages, locked, never in a core dump) together with the other keys, is wiped when destroyed, moves and never copies.
// Create and destroy it on one thread only.
class SecretKey {
 public:
  static SecretKey generate();
  static SecretKey from_seed(std::span<const std::uint8_t, 32> seed);
  // Base58 of the 64 bytes. Errc::kFormat if the text is malformed or its second half is not the public key of its
  // first; the error never quotes the text.
  static Result<SecretKey> from_base58(std::string_view text);

  SecretKey(SecretKey&&) noexcept = default;
  SecretKey& operator=(SecretKey&&) noexcept = default;

  PublicKey public_key() const;
  std::span<const std::uint8_t, 32> seed() const;
  std::string to_base58() const;  // the caller wipes it, see wipe()
  Signature sign(std::string_view bytes) const;

 private:
  struct Free {
    void operator()(std::uint8_t* bytes) const;
  };
  SecretKey();
  std::unique_ptr<std::uint8_t[], Free> bytes_;  // 64
};

namespace keys {

// Call once, before anything else here; aborts if the system provides no randomness.
void initialize();

std::string to_base58(const PublicKey& key);
std::string to_base58(const Signature& signature);

// 32 to 44 characters that decode to 32 bytes. Errc::kFormat otherwise.
Result<PublicKey> public_key_from_base58(std::string_view text);

// 64 to 88 characters that decode to 64 bytes. Errc::kFormat otherwise.
Result<Signature> signature_from_base58(std::string_view text);

// Whether the key is one of the encodings (canonical or not, either sign) of the eight points of small order, for which
// a signature can be made that fits many messages. A table look-up: no point arithmetic.
bool is_low_order(const PublicKey& key);

// Strict verification: libsodium refuses non-canonical S, R and keys of small order or non-canonical encoding.
bool verify(const PublicKey& key, const Signature& signature, std::string_view bytes);

Digest sha256(std::string_view bytes);
Digest sha256(std::string_view first, std::string_view second);  // of their concatenation

void random_bytes(std::span<std::uint8_t> out);
void wipe(std::span<char> bytes);

}  // namespace keys
}  // namespace remaphore
