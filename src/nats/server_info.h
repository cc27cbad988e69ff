// The parts of a server's INFO that a client needs.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace remaphore::nats {

struct ServerInfo {
  static constexpr std::size_t kMaxConnectUrls = 64;
  static constexpr std::size_t kMaxNonce = 256;  // bytes
  static constexpr std::size_t kMaxName = 256;   // bytes

  // All ports of a nats-server send an INFO; its fields tell the kind of port.
  enum class Port { kClient, kCluster, kGateway, kLeafNode };

  Port port = Port::kClient;
  std::size_t max_payload = std::size_t{1} << 20;
  bool tls_required = false;
  bool tls_available = false;
  bool lame_duck = false;                 // the server is about to close: move on
  bool jetstream = false;                 // it keeps streams itself; another one behind it may, too
  std::string nonce;                      // to be signed; empty: the server asks for no signature
  std::string id, cluster;                // its own name and its cluster's; empty: not told, or too long
  std::vector<std::string> connect_urls;  // host:port of the cluster's other servers, as the server sees them
};

// Errc::kConnection unless it is a JSON object whose known fields have the right types. Any depth of nesting is fine.
Result<ServerInfo> parse_server_info(std::string_view json);

// The error text for a port that is not for clients; empty if it is.
std::string_view wrong_port(const ServerInfo& info);

}  // namespace remaphore::nats
