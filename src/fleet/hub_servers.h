// The servers of a fleet: turns the addresses that its nodes connect to into a config for each server.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "fleet/folder.h"
#include "fleet/hub_config.h"
#include "fleet/report.h"

namespace remaphore::fleet {

inline constexpr std::size_t kMaxServers = 9;

// --server and --listen: the URLs, into `roster`, and where each server listens. The first --listen is the first
// server's, and so on; a server without one listens where listen_address_for() says. Errc::kUsage.
Result<std::vector<ServerAddress>> take_servers(const std::vector<std::string>& urls,
                                                const std::vector<std::string>& listen_addresses, Roster& roster);

// Where other servers reach one whose nodes use `port`: 2000 above it, or below if there is no such port.
std::uint16_t route_port(std::uint16_t port);

// `folder`: DIR/hub, absolute. Several servers are a cluster, with routes between all of them.
std::vector<HubServer> hub_servers(const Roster& roster, const FleetKeys& keys,
                                   const std::vector<ServerAddress>& listen_addresses, const std::string& folder);

// The configs of server 1, 2 and so on, below DIR/hub; hub_config_paths() returns those that exist, without a gap.
std::string hub_config_name(std::size_t number);
std::vector<std::string> hub_config_paths(const Folder& folder);

// The files of DIR/hub that a server's machine needs: not the keys of other servers.
std::vector<std::string> hub_files(std::size_t number, bool tls);

// Adds to `all`, as next steps, how to run each server.
void report_hubs(const std::string& folder, const Roster& roster, Report& all);
inline constexpr std::string_view kTwoServers =
    "with two servers, messages are kept and locks granted only while both run; three survive the loss of one\n";

// The file mode: only the fleet's owner and group may read the routes' password.
inline mode_t hub_config_mode(const HubServer& server) { return server.cluster ? kNodeFile : kPublicFile; }

}  // namespace remaphore::fleet
