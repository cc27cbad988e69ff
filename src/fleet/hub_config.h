// The config of a fleet's NATS server, and the changes that later commands make to it. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "core/server_address.h"
#include "fleet/fleet_keys.h"
#include "fleet/roster.h"

namespace remaphore::fleet {

// One of several servers, and its routes to the others. Routes need a password: anyone who has it can join as a server.
struct Cluster {
  std::string name;
  ServerAddress listen_address;     // for the other servers
  std::vector<std::string> routes;  // host:port of their listen addresses
  std::string password;
};

struct HubServer {
  ServerAddress listen_address;  // `tls`: the nodes will ask for it, so the text shows where the certificate goes
  std::string folder;            // DIR/hub, absolute
  std::size_t number = 1;        // among the servers of the fleet
  std::optional<Cluster> cluster = {};
  bool tls = false;  // for nodes and routes, with its own certificate and the fleet's authority, in `folder`

  // Where it stores its streams, in a subfolder `jetstream`: each server of a fleet has a folder of its own.
  std::string store() const;
};

// The names of its certificate and key: "server.pem", "server-2.pem".
std::string server_file(std::size_t number, std::string_view ending);

std::string hub_config(const FleetKeys& keys, const Roster& roster, const HubServer& server, std::int64_t now);

// `config` with the account's token replaced; all other bytes stay. Errc::kConfig if there is not exactly one line that
// starts with the account's key.
Result<std::string> with_account(std::string_view config, std::string_view account, std::string_view token);

// `config` with its generated section about JetStream added, replaced or, if nothing is kept, removed. A section that a
// person wrote stays as it is. Errc::kConfig if the marks of the generated one do not match.
Result<std::string> with_jetstream(std::string_view config, const Retention& retention, std::string_view folder);

// `config` with another folder in its generated section about JetStream. Errc::kConfig if it has none.
Result<std::string> with_store(std::string_view config, std::string_view folder);

// Like with_jetstream(), for the section about TLS.
Result<std::string> with_certificate(std::string_view config, const HubServer& server);

// Whether a person wrote the section about TLS.
bool has_own_tls(std::string_view config);

// `config` with other paths in its generated sections about TLS and the cluster. Errc::kConfig if it has none.
Result<std::string> with_certificate_paths(std::string_view config, const HubServer& server);

// Like with_jetstream(), for the section about the cluster.
Result<std::string> with_cluster(std::string_view config, const HubServer& server);

// `config` with its `listen` line replaced. Errc::kConfig if there is not exactly one.
Result<std::string> with_listen_address(std::string_view config, const ServerAddress& listen_address);

// The value of `name: "value"` or `name: value`, a line of its own; empty if there is none. Understands only what is
// generated: no escapes but \", \\ and \xNN.
std::string read_setting(std::string_view config, std::string_view name);

}  // namespace remaphore::fleet
