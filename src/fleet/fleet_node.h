// The fleet as a node of its own: what it needs to publish its roster on the bus (check/announcement.h).
#pragma once

#include "base/result.h"
#include "core/config.h"
#include "core/keys.h"
#include "fleet/fleet_keys.h"
#include "fleet/roster.h"
#include "nats/credentials.h"

namespace remaphore::fleet {

// The fleet's own config, with all nodes as its peers and `key`, the fleet's, as its identity. `credentials` is only
// their name in errors.
Result<Config> fleet_config(const Roster& roster, const SecretKey& key);

// Credentials of a user that expires after an hour and has the rights of a node that publishes.
nats::Credentials publisher_credentials(const FleetKeys& keys, const Roster& roster);

}  // namespace remaphore::fleet
