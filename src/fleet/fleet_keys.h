// The three keys a fleet is made of and what they sign. The operator's signs both accounts, the nodes' account signs
// the nodes' users; the system account exists only because nats-server requires one. Their seeds live in DIR/secrets.
#pragma once

#include <string>

#include "core/keys.h"
#include "fleet/roster.h"
#include "nats/token.h"

namespace remaphore::fleet {

struct FleetKeys {
  SecretKey operator_key, account, system;

  static FleetKeys generate();
  std::string account_public() const;  // A…
  std::string system_public() const;   // A…
};

// A fresh random id, and no expiry.
nats::Stamp stamp(std::int64_t now);

std::string operator_token(const FleetKeys& keys, std::int64_t now);
std::string system_token(const FleetKeys& keys, std::int64_t now);

// With every revoked member's user in its list of revocations.
std::string account_token(const FleetKeys& keys, const Roster& roster, std::int64_t now);

// May publish and subscribe to `<subject>.*`, and subscribe to its own inbox (nats/inbox.h); nothing else.
std::string user_token(const FleetKeys& keys, const RosterNode& member, std::string_view subject, std::int64_t now);

}  // namespace remaphore::fleet
