// The three keys of a fleet and what they sign. The operator's signs both accounts, the nodes' account signs the nodes'
// users; the system account exists only because nats-server requires one. Their seeds live in DIR/secrets.
#pragma once

#include <string>

#include "core/keys.h"
#include "fleet/roster.h"
#include "nats/credentials.h"
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

// The account's token: revokes every revoked node's user, and permits streams if the fleet keeps anything.
std::string account_token(const FleetKeys& keys, const Roster& roster, std::int64_t now);

// A node's rights: publish and subscribe to `<subject>.*`, and subscribe to its own inbox (nats/inbox.h). If the fleet
// keeps anything, also publish and subscribe to `<subject>.lock.>`, and ask for either stream's INFO and for messages
// by MSG.GET. Never DIRECT.GET nor CONSUMER.*: a server does not hold their reply subjects against a node's
// permissions.
nats::Permissions permissions_of(const Roster& roster, const RosterNode& node);
std::string user_token(const FleetKeys& keys, const Roster& roster, const RosterNode& node, std::int64_t now);

// Credentials for creating the streams: of a user that expires after an hour and may only create, change and query
// them.
nats::Credentials provision_credentials(const FleetKeys& keys, const Roster& roster, std::int64_t now);

}  // namespace remaphore::fleet
