// Where the fleet's server listens, derived from where its nodes look for it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.h"

namespace remaphore::fleet {

inline constexpr std::uint16_t kDefaultPort = 4222;

struct Listener {
  std::string host;  // an address without brackets, or a name
  std::uint16_t port = kDefaultPort;
  bool tls = false;

  std::string text() const;  // host:port, [host]:port
};

// A server as the config names it: nats://host:port, tls://host:port, host:port or host; a trailing slash is ignored.
// Errc::kUsage otherwise, also for user:password@, which a fleet has no use for.
Result<Listener> parse_server(std::string_view url);

// HOST:PORT; an empty HOST means all addresses. Errc::kUsage.
Result<Listener> parse_listen(std::string_view text);

// `server`'s host if it is an address (localhost counts as 127.0.0.1), all addresses if it is a name; its port.
Listener listener_for(const Listener& server);

}  // namespace remaphore::fleet
