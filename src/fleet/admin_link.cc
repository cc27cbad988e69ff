#include "fleet/admin_link.h"

#include "fleet/folder.h"
#include "fleet/listen_address.h"
#include "fleet/staged_files.h"
#include "io/system_clock.h"

namespace remaphore::fleet {
namespace {

// A server that rereads its config refuses everybody for a moment: this many tries last for more than a second.
constexpr unsigned kRefusals = 6;

}  // namespace

NatsOptions admin_options(const FleetKeys& keys, const Roster& roster, std::vector<ServerAddress> servers,
                          const std::string& seed) {
  const std::string authority = parent_of(parent_of(seed)) + "/hub/ca.pem";
  return NatsOptions{.servers = {.servers = std::move(servers),
                                 .tls = {.ca = exists(authority) ? authority : std::string(), .cert = {}, .key = {}},
                                 .tls_first = false,
                                 .learns_servers = false},
                     .credentials = seed,
                     .loaded = provision_credentials(keys, roster, unix_seconds()),
                     .refusals = kRefusals};
}

std::vector<ServerAddress> servers_of(const Roster& roster) {
  std::vector<ServerAddress> servers;
  for (const std::string& url : roster.servers) {
    if (Result<ServerAddress> server = parse_server(url)) servers.push_back(std::move(*server));
  }
  return servers;
}

ServerAddress own_address(ServerAddress listen_address) {
  if (is_unspecified(listen_address.host))
    listen_address.host = listen_address.host.find(':') == std::string::npos ? "127.0.0.1" : "::1";
  return listen_address;
}

}  // namespace remaphore::fleet
