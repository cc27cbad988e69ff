// A fleet that moves to other servers, or gets TLS: all files that change, computed before the first is written.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "fleet/changes.h"
#include "fleet/folder.h"
#include "fleet/hub_config.h"
#include "fleet/roster.h"
#include "io/certificates.h"

namespace remaphore::fleet {

struct ServerMove {
  std::vector<Change> configs;       // of the servers, changed ones
  std::vector<Change> made;          // likewise, new ones
  std::vector<Change> certificates;  // of the servers, with their keys
  std::vector<Change> authority;     // if the fleet gets one
  std::vector<std::string> gone;     // files of servers that no longer exist
  std::vector<Change> nodes;
  std::vector<Error> faults;  // of single nodes: Errc::kConfig, naming the file
};

// From `before` to `roster`, whose servers are `servers`. `takes_tls`: the nodes' tls_ca is rewritten. Errc::kConfig.
Result<ServerMove> plan_move(const Folder& folder, const std::string& path, const Roster& before, Roster& roster,
                             const FleetKeys& keys, const std::vector<HubServer>& servers, bool takes_tls);

// Writes the servers' files first, then the roster, then as many of the nodes' files as possible. If it is interrupted,
// the same command does the rest when run again.
Result<void> write_move(const Folder& folder, const Roster& roster, const std::vector<HubServer>& servers,
                        ServerMove& move);

}  // namespace remaphore::fleet
