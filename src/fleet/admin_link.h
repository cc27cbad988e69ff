// The way to a fleet's servers for whoever makes its streams.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "core/server_address.h"
#include "fleet/fleet_keys.h"
#include "fleet/roster.h"
#include "io/nats_connection.h"

namespace remaphore::fleet {

// With fresh credentials that expire (provision_credentials). `seed`: the file that they are signed with, for errors.
NatsOptions admin_options(const FleetKeys& keys, const Roster& roster, std::vector<ServerAddress> servers,
                          const std::string& seed);

// The servers as the nodes find them.
std::vector<ServerAddress> servers_of(const Roster& roster);

// Where a server that listens there is reached on its own machine: one that listens everywhere, on the loopback.
ServerAddress own_address(ServerAddress listener);

}  // namespace remaphore::fleet
