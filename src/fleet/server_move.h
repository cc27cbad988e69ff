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
  std::vector<Change> made;          // new files
  std::vector<Change> certificates;  // of the servers, with their keys
  std::vector<Change> authority;     // if the fleet gets one
  std::vector<std::string> gone;     // files of servers that no longer exist
  std::vector<Change> nodes;
  std::vector<Error> faults;  // of single nodes: Errc::kConfig, naming the file
};

struct MoveOptions {
  const Folder& folder;
  std::string path;  // the folder's, for messages
  const Roster& before;
  const FleetKeys& keys;
  const std::vector<HubServer>& servers;  // of the new roster
  bool takes_tls = false;                 // the nodes' tls_ca is rewritten
};

// The move to `roster`, which gets the certificate of a new authority. Errc::kConfig.
Result<ServerMove> plan_move(const MoveOptions& options, Roster& roster);

// Writes the servers' files first, then the roster, then as many of the nodes' files as possible. If it is interrupted,
// the same command does the rest when run again.
Result<void> write_move(const Folder& folder, const Roster& roster, const std::vector<HubServer>& servers,
                        ServerMove& move);

}  // namespace remaphore::fleet
