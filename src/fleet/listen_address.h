// Where the fleet's server listens, derived from the address that its nodes connect to.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "core/server_address.h"

namespace remaphore::fleet {

// A server as the config names it. Errc::kUsage for what core/server_address.h refuses, a host that is not a plain name
// or address, and user:password@, for which a fleet has no use.
Result<ServerAddress> parse_server(std::string_view url);

// 0.0.0.0 or ::, in any spelling: a server may listen there, but nobody else can connect to it.
bool is_unspecified(const std::string& host);

// HOST:PORT; an empty HOST means all addresses. Errc::kUsage.
Result<ServerAddress> parse_listen(std::string_view text);

// `server`'s host if it is an address (localhost counts as 127.0.0.1), all addresses if it is a name; its port and tls.
ServerAddress listen_address_for(const ServerAddress& server);

}  // namespace remaphore::fleet
