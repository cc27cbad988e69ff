#include "fleet/hub_servers.h"

#include <fmt/format.h>

#include "base/hex.h"
#include "fleet/listen_address.h"
#include "fleet/node.h"
#include "fleet/shell_word.h"
#include "fleet/staged_files.h"

namespace remaphore::fleet {
namespace {

constexpr std::uint16_t kToRoutes = 2000;

// The same for all servers, whenever their configs are made; only the fleet's owner can tell it.
std::string route_password(const FleetKeys& keys) {
  const Signature secret = keys.account.sign("routes between the servers of a remaphore fleet");
  const std::string_view bytes(reinterpret_cast<const char*>(secret.bytes.data()), secret.bytes.size());
  return hex::encode(keys::sha256(bytes).bytes);
}

std::string bracketed(const std::string& host) {
  return host.find(':') == std::string::npos ? host : fmt::format("[{}]", host);
}

}  // namespace

Result<std::vector<ServerAddress>> take_servers(const std::vector<std::string>& urls,
                                                const std::vector<std::string>& listen_addresses, Roster& roster) {
  if (urls.size() > kMaxServers) return fail(Errc::kUsage, fmt::format("a fleet has at most {} servers", kMaxServers));
  if (listen_addresses.size() > urls.size()) return fail(Errc::kUsage, "more --listen than --server");
  roster.servers.clear();
  std::vector<ServerAddress> found;
  for (const std::string& url : urls) {
    const Result<ServerAddress> server = parse_server(url);
    if (!server) return pass_on(server);
    if (is_unspecified(server->host)) {
      return fail(Errc::kUsage,
                  fmt::format("{} is an address to listen on, not one to connect to: name the server's own "
                              "with --server, and where it listens with --listen",
                              server->host));
    }
    found.push_back(listen_address_for(*server));
    roster.servers.push_back(url);
  }
  for (std::size_t i = 0; i < listen_addresses.size(); ++i) {
    const Result<ServerAddress> listen_address = parse_listen(listen_addresses[i]);
    if (!listen_address) return pass_on(listen_address);
    found[i].host = listen_address->host;
    found[i].port = listen_address->port;
  }
  return found;
}

std::uint16_t route_port(std::uint16_t port) {
  return static_cast<std::uint16_t>(port > 65535 - kToRoutes ? port - kToRoutes : port + kToRoutes);
}

std::vector<HubServer> hub_servers(const Roster& roster, const FleetKeys& keys,
                                   const std::vector<ServerAddress>& listen_addresses, const std::string& folder) {
  std::vector<std::string> routes;
  for (std::size_t i = 0; i < listen_addresses.size(); ++i) {
    const Result<ServerAddress> server = parse_server(roster.servers[i]);
    routes.push_back(fmt::format("{}:{}", bracketed(server->host), route_port(listen_addresses[i].port)));
  }
  std::vector<HubServer> servers;
  for (std::size_t i = 0; i < listen_addresses.size(); ++i) {
    HubServer& server = servers.emplace_back(HubServer{listen_addresses[i], folder, i + 1});
    server.tls = roster.tls;
    if (listen_addresses.size() < 2) break;
    server.cluster = Cluster{roster.subject, listen_addresses[i], {}, route_password(keys)};
    server.cluster->listen_address.port = route_port(listen_addresses[i].port);
    for (std::size_t other = 0; other < routes.size(); ++other) {
      if (other != i) server.cluster->routes.push_back(routes[other]);
    }
  }
  return servers;
}

std::vector<std::string> hub_files(std::size_t number, bool tls) {
  std::vector<std::string> names{hub_config_name(number)};
  if (tls) names.insert(names.end(), {"ca.pem", server_file(number, "pem"), server_file(number, "key")});
  return names;
}

void report_hubs(const std::string& folder, const Roster& roster, Report& all) {
  const std::string hub = fmt::format("remaphore-fleet hub {}", shell_path(folder));
  const std::size_t servers = roster.servers.size();
  for (std::size_t number = 1; number <= servers; ++number) {
    const std::vector<std::string> files = hub_files(number, roster.tls);
    all.object(JsonObject()
                   .text("type", "server")
                   .number("number", static_cast<std::int64_t>(number))
                   .text("server", roster.servers[number - 1])
                   .texts("files", files));
    if (servers == 1) {
      all.next(hub);
    } else {
      all.next(fmt::format("{} --server {}", hub, number),
               fmt::format("on its machine, which needs these files of DIR/hub: {}", join(files, ", ")));
    }
  }
}

std::string hub_config_name(std::size_t number) {
  return number == 1 ? "nats-server.conf" : fmt::format("nats-server-{}.conf", number);
}

std::vector<std::string> hub_config_paths(const Folder& folder) {
  std::vector<std::string> paths{folder.file("hub/" + hub_config_name(1))};
  for (std::size_t number = 2; number <= kMaxServers; ++number) {
    std::string path = folder.file("hub/" + hub_config_name(number));
    if (!exists(path)) break;
    paths.push_back(std::move(path));
  }
  return paths;
}

}  // namespace remaphore::fleet
