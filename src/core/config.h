// The checked content of the config file, remaphore.conf(5).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "core/groups.h"
#include "core/peers.h"
#include "core/server_address.h"

namespace remaphore {

inline constexpr Duration kDefaultAllowSkew = std::chrono::seconds(3);
inline constexpr std::string_view kDefaultSubject = "remaphore";
inline constexpr std::string_view kDefaultConfigPath = "/etc/remaphore/remaphore.conf";

// Movable, not copyable. Views in it are of the file's text, which `peers` owns: verbs lowercased, private keys wiped.
struct Config {
  std::vector<ServerAddress> servers;  // at least one, in the file's order
  std::string credentials;             // path, as written
  std::string subject{kDefaultSubject};
  std::string destination;
  Duration allow_skew = kDefaultAllowSkew;
  std::string tls_ca, tls_cert, tls_key;  // paths, as written; empty: none
  bool tls_first = false;                 // the server expects TLS before its INFO
  bool require_bound_replies = false;
  bool announced_servers = true;       // learn the servers that a server announces
  bool presence = true;                // a listener answers --who
  std::vector<std::string> send_only;  // destination patterns of peers that only send requests and are never awaited
  std::vector<std::string> confirm;    // verbs, in any case, or "*": sent only if the user has confirmed the targets

  std::vector<Identity> identities;   // at least one
  std::size_t default_identity = 0;   // index into identities
  std::string default_identity_text;  // as configured, else the destination of the first identity
  Peers peers;
  Groups groups;  // without faults

  std::vector<std::string> warnings;  // "file:line: what", for stderr

  // The identity to send `verb` with: that of `public_key` if not empty, else the default if it may send it, else the
  // first that may. Errc::kUsage, naming the verb and the identities considered.
  Result<const Identity*> identity_for(std::string_view verb, std::string_view public_key) const;

  // The identity with this key, whatever it may send. Errc::kUsage.
  Result<const Identity*> identity_of(std::string_view public_key) const;

  const Identity& default_signer() const { return identities[default_identity]; }
};

}  // namespace remaphore
