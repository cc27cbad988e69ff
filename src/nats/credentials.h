// The text of a NATS credentials file: a token and the user's seed, each in a block between a BEGIN and an END line.
// Pure: the caller that reads the file names it in the error. Accepted: CRLF, blanks around any line, text outside the
// blocks, either order, three dashes or more at both ends of a BEGIN or END line. The first block of each kind counts.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "core/keys.h"

namespace remaphore::nats {

inline constexpr std::size_t kMaxCredentials = std::size_t{64} << 10;  // bytes of a credentials file

struct Credentials {
  std::string token;
  SecretKey key;
};

// Errc::kConfig: too long, a block missing or cut, a token of other than base64url characters, a bad seed. The token's
// claims are not read here: the server judges them.
Result<Credentials> parse_credentials(std::string_view text);

// What the token claims, to explain or predict a refusal.
struct CredentialClaims {
  std::optional<std::int64_t> expires;  // Unix seconds, the token's `exp`; nothing if absent or not readable
  std::string user_public;              // U…, the token's `sub`; empty if not readable
};

// Errc::kConfig if the seed does not belong to the token's readable `sub`.
Result<CredentialClaims> read_claims(const Credentials& credentials);

// The caller wipes `seed` and the result.
std::string format_credentials(std::string_view token, std::string_view seed);

}  // namespace remaphore::nats
