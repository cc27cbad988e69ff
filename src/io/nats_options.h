// Which NATS servers to connect to, and how.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "core/config.h"
#include "core/server_address.h"
#include "io/tls.h"
#include "nats/credentials.h"

namespace remaphore {

// Where the servers are and how to reach them.
struct NatsServers {
  std::vector<ServerAddress> servers;  // at least one
  TlsFiles tls;                        // any of them set: no plaintext
  bool tls_first = false;              // the servers want TLS before they greet
  bool learns_servers = true;          // those that a server announces are tried, too

  bool operator==(const NatsServers&) const = default;
};

NatsServers nats_servers(const Config& config);

struct NatsOptions {
  NatsServers servers;
  std::string credentials;                  // path of the credentials file, resolved
  std::optional<nats::Credentials> loaded;  // its content, for the first login
  unsigned refusals = 1;                    // of the credentials, by every server, before it is final
  Duration outlasts_refusals{};             // how long they must go on for that once a login has succeeded
  bool leaves_lame_duck = false;            // moves to another server as soon as this one says that it will close
  Duration whole{};                         // the owner's -t, so that every server gets its share; 0: no bound
  std::function<void(const std::string& why)> on_slow_look_up = {};  // called once, at the first
};

}  // namespace remaphore
