// The tokens of a NATS server in operator mode: three parts of base64url joined by dots, signed with the issuer's
// Ed25519 key (nats-io/jwt, version 2). Minting is pure: times and ids are parameters.
// A limit that is left out means 0 to the server, so every minted token says "no limit" (-1) for each.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "core/keys.h"

namespace remaphore::nats {

inline constexpr std::size_t kMaxToken = std::size_t{64} << 10;

struct Stamp {
  std::int64_t issued = 0;              // Unix seconds
  std::optional<std::int64_t> expires;  // Unix seconds; nothing: never
  std::array<std::uint8_t, 32> id{};    // random; the server does not check it
};

struct Permissions {  // of a user; an empty list allows everything
  std::vector<std::string> publish, subscribe;
};

struct Revocation {
  std::string user;  // U…
  std::int64_t at;   // Unix seconds: tokens issued then or before are refused
};

// Self-signed. `system_account`: A….
std::string mint_operator(const SecretKey& operator_key, std::string_view name, std::string_view system_account,
                          const Stamp& stamp);

// kAllowed: its users may keep messages in files (JetStream), as far as their permissions and the server's limits go.
enum class Streams { kNone, kAllowed };
std::string mint_account(const SecretKey& operator_key, const PublicKey& account, std::string_view name,
                         const std::vector<Revocation>& revocations, const Stamp& stamp,
                         Streams streams = Streams::kNone);

std::string mint_user(const SecretKey& account_key, const PublicKey& user, std::string_view name,
                      const Permissions& permissions, const Stamp& stamp);

// What the user of a token may publish and subscribe to. Errc::kFormat as for read_claims.
Result<Permissions> read_permissions(std::string_view token);

// Whether an account's token lets its users keep messages in files; false also if it cannot be read.
bool may_keep(std::string_view token);

// What a token says about itself. Nothing is verified: the server does that.
struct Claims {
  std::string issuer, subject, name, type;  // empty if absent or not text
  std::optional<std::int64_t> issued, expires;
};

// Errc::kFormat if it is longer than kMaxToken or not three parts of which the second is a JSON object.
Result<Claims> read_claims(std::string_view token);

}  // namespace remaphore::nats
