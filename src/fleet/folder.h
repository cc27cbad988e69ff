// A fleet on disk: DIR with its roster, secrets, hub, nodes and revoked. Errors name the path; Errc::kRuntime unless
// said otherwise.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "fleet/fleet_keys.h"
#include "fleet/roster.h"
#include "fleet/staged_files.h"
#include "io/descriptor.h"

namespace remaphore::fleet {

inline constexpr std::size_t kMaxPem = std::size_t{64} << 10;  // bytes of a certificate or its key
inline constexpr mode_t kSecretFile = 0600, kNodeFile = 0640, kPublicFile = 0644;
inline constexpr mode_t kSecretFolder = 0700, kNodeFolder = 0750, kPublicFolder = 0755;

// An existing fleet, locked against concurrent changes by another remaphore-fleet until this is destroyed. The lock is
// on DIR/secrets, which only users who may change the fleet can open.
class Folder {
 public:
  // Errc::kUsage if it holds no roster or is being changed by someone else.
  static Result<Folder> open(const std::string& path);
  // The folder for reading only: each file is whole, but they may not belong to the same change.
  static Folder unlocked(const std::string& path) { return Folder(without_slashes(path), Descriptor()); }

  std::string node(std::string_view destination) const;    // DIR/nodes/DESTINATION
  std::string config(std::string_view destination) const;  // its remaphore.conf
  std::string file(std::string_view name) const;           // DIR/name

  Result<Roster> read_roster() const;  // with DIR/groups, if that exists
  Result<void> write_roster(const Roster& roster) const;
  Result<void> write_groups(const Groups& groups) const;  // nothing if there are none, and were none
  Result<FleetKeys> read_keys() const;

 private:
  Folder(std::string path, Descriptor lock);
  std::string path_;
  Descriptor lock_;
};

// DIR/secrets, which must not exist yet.
Result<void> write_keys(const std::string& path, const FleetKeys& keys);

// A node that is being added, with the keys that only its own files will hold.
struct NewNode {
  RosterNode entry;
  std::optional<SecretKey> key;  // nothing: the node made its own, see node_config
  SecretKey user;
};

// Writes the remaphore.conf, nats.creds and, with TLS, ca.pem of one node into its folder. `roster` contains the node.
Result<void> write_node(const std::string& path, const Roster& roster, const NewNode& node, const FleetKeys& keys,
                        std::int64_t now);

}  // namespace remaphore::fleet
