// The fleet's own identity: it signs the rosters that are published, and nothing else. Its peer line is in every
// config, its key in DIR/secrets/fleet.key, as an identity line of a config.
#pragma once

#include <string>

#include "base/result.h"
#include "core/keys.h"
#include "fleet/folder.h"
#include "fleet/roster.h"

namespace remaphore::fleet {

// `fleet` below the prefix that all nodes' destinations share, or with a number if a node has that name.
std::string fleet_name_for(const Roster& roster);

// A new key for a fleet that has none; the roster then has its public key. `name` empty: fleet_name_for(). Errc::kUsage
// if a node has that name.
Result<SecretKey> make_identity(Roster& roster, const std::string& name);

// DIR/secrets/fleet.key, which must not exist. `secrets`: the folder.
Result<void> write_identity(const std::string& secrets, const SecretKey& key);
Result<SecretKey> read_identity(const Folder& folder, const Roster& roster);

// Call before any change to a fleet: a fleet older than identities gets one, in the file and in `roster`, which the
// caller writes.
Result<void> ensure_identity(const Folder& folder, Roster& roster);

}  // namespace remaphore::fleet
