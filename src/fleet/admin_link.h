// Connection settings for the user that creates a fleet's streams.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "core/server_address.h"
#include "fleet/fleet_keys.h"
#include "fleet/roster.h"
#include "io/nats_options.h"

namespace remaphore::fleet {

// Options of a link with fresh credentials that expire (provision_credentials). `seed`: the file of the signing seed,
// for errors.
NatsOptions admin_options(const FleetKeys& keys, const Roster& roster, std::vector<ServerAddress> servers,
                          const std::string& seed);

// The servers as the nodes find them.
std::vector<ServerAddress> servers_of(const Roster& roster);

// The address of a server with this listen address on its own machine: loopback for one that listens on all addresses.
ServerAddress own_address(ServerAddress listen_address);

}  // namespace remaphore::fleet
