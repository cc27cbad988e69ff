// NATS keys as text: base32 of prefix, 32 bytes and CRC-16/XMODEM. A public key is 56 characters (O…, A…, U…), a seed
// 58 (SO…, SA…, SU…). The keys themselves are the Ed25519 keys of core/keys.h.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "core/keys.h"

namespace remaphore::nats {

// The value is the prefix byte of the public key.
enum class NkeyKind : std::uint8_t { kOperator = 14 << 3, kAccount = 0, kUser = 20 << 3 };

std::string encode_public(NkeyKind kind, const PublicKey& key);

// The caller wipes the text (keys::wipe).
std::string encode_seed(NkeyKind kind, const SecretKey& key);

// Errc::kConfig for a wrong length, character, kind or checksum; the message says which. That of decode_seed starts
// with "bad seed: " and never quotes the text.
Result<PublicKey> decode_public(NkeyKind expected, std::string_view text);
Result<SecretKey> decode_seed(NkeyKind expected, std::string_view text);

}  // namespace remaphore::nats
