// The address of a NATS server, in the forms that Go's client accepts: nats://host:port, tls://host:port, host:port,
// host, with an optional user:password@ or token@ before the host and a path or query after it, which is ignored.
// http:// is read as nats://; schemes are case-insensitive. IPv6 addresses are in brackets.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace remaphore {

struct ServerAddress {
  std::string host;  // name or address literal, without brackets
  std::uint16_t port = 4222;
  bool tls = false;           // tls://: never plaintext
  std::string user = {};      // percent-decoded; empty: none
  std::string password = {};  // with `user`; a user without one is a token

  // host:port for messages, never the password.
  std::string display() const;
  bool operator==(const ServerAddress&) const = default;
};

// Errc::kFormat, naming what is wrong; the text is quoted without its password, and redacted.
Result<ServerAddress> parse_server_address(std::string_view text);

}  // namespace remaphore
