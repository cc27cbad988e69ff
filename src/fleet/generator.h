// Generates the text of a fleet's files, and the one change that later commands make to each. Pure. The nodes' configs
// are read by the Go tool too: single blanks between fields, nothing after a peer's verbs.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"
#include "core/keys.h"
#include "fleet/fleet_keys.h"
#include "fleet/roster.h"

namespace remaphore::fleet {

// "PUBLIC PRIVATE [verbs]"; the caller must wipe it.
std::string identity_line(const SecretKey& key, const std::vector<std::string>& verbs);

// "tls_ca: ca.pem" and a newline; the file is in the node's folder.
std::string tls_ca_line(const Roster& roster);

// `self`'s remaphore.conf. Without `key` the identity is left for the node to paste, and the config is not valid until
// it has been. The caller wipes it.
std::string node_config(const Roster& roster, const RosterNode& self, const SecretKey* key);

}  // namespace remaphore::fleet
