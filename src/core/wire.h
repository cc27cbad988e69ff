// Bytes <-> fields of a message: PUB,SIG,DEST,TIME,UUID,VERB,FLAG,PAYLOAD. Grammar only, no trust: none of the
// results are verified (trust.h does that). Format: doc/wire-format.md.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/keys.h"
#include "core/message.h"

namespace remaphore::wire {

// The longest header (everything before PAYLOAD) that we can write.
inline constexpr std::size_t kMaxHeader =
    kMaxPublicKeyText + kMaxSignatureText + kMaxDestination + 17 + 2 * Uuid::kMaxBytes + kMaxVerb + 1 + 7;

// The field boundaries: positions of the first seven commas. Cheap to store with the bytes.
using Commas = std::array<std::uint32_t, 7>;

// A view of a message's bytes, split at its commas. Owns nothing.
class Fields {
 public:
  // Splits at the first seven commas and bounds DEST, VERB and PAYLOAD (check 1 of the order of checks); nullopt if
  // there are fewer or a field is too long.
  static std::optional<Fields> split(std::string_view bytes);
  // `commas` as split() found them in the same bytes.
  Fields(std::string_view bytes, const Commas& commas) : bytes_(bytes), commas_(commas) {}

  std::string_view bytes() const { return bytes_; }
  const Commas& commas() const { return commas_; }

  std::string_view public_key() const { return bytes_.substr(0, commas_[0]); }
  std::string_view signature() const { return between(0); }
  std::string_view destination() const { return between(1); }
  std::string_view time() const { return between(2); }
  std::string_view uuid() const { return between(3); }
  std::string_view verb() const { return between(4); }
  std::string_view flag() const { return between(5); }
  std::string_view payload() const { return bytes_.substr(commas_[6] + 1); }

  // What SIG signs: everything from DEST to the end.
  std::string_view signed_bytes() const { return bytes_.substr(commas_[1] + 1); }

 private:
  std::string_view between(std::size_t i) const {
    return bytes_.substr(commas_[i] + 1, commas_[i + 1] - commas_[i] - 1);
  }
  std::string_view bytes_;
  Commas commas_;
};

// The canonical spelling only, nullopt for any other (check 4).
std::optional<WallTime> parse_time(std::string_view text);
std::optional<Uuid> parse_uuid(std::string_view text);
std::optional<bool> parse_flag(std::string_view text);  // true: a reply is wanted

std::string format_time(WallTime time);

// DEST,TIME,UUID,VERB,FLAG,PAYLOAD.
std::string signed_bytes(const Message& message);

// The whole message, signed with `key`.
std::string encode(const Message& message, const SecretKey& key);

// SHA-256 of the whole message: names the subject of its replies and, shortened, binds them to it.
inline Digest hash(std::string_view message) { return keys::sha256(message); }

}  // namespace remaphore::wire
