// DIR/roster: the fleet's settings and its nodes, one line each. No private keys; written and read by remaphore-fleet,
// and meant to be read by people and kept in version control.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "core/groups.h"
#include "core/keys.h"
#include "fleet/retention.h"

namespace remaphore::fleet {

inline constexpr std::size_t kMaxRoster = std::size_t{16} << 20;  // bytes

inline constexpr std::size_t kMaxPrefix = 1024;

// The verb that only the fleet itself may sign.
inline constexpr std::string_view kRosterVerb = "roster";

struct RosterNode {
  std::string destination;
  PublicKey key;
  std::string user;                     // U…
  std::vector<std::string> verbs;       // that it may send
  std::optional<std::int64_t> revoked;  // Unix seconds
  bool send_only = false;               // never awaited by a request

  // While its key is being rotated: the previous key, still valid, and the serial number that introduced the new one.
  std::optional<PublicKey> old_key = {};
  std::uint64_t rotated_at = 0;
  std::vector<PublicKey> retired = {};  // keys that it had before, good no longer
};

// The fleet's own identity, whose peer line is in every config. Its key is in DIR/secrets.
struct FleetIdentity {
  std::string destination;
  PublicKey key;
};

struct Roster {
  std::vector<std::string> servers;
  std::string subject = "remaphore";
  std::string prefix;        // the configs' folder on the nodes, absolute; empty: paths relative to the config
  bool mixed = false;        // some nodes run the Go tool
  std::uint64_t serial = 0;  // of the last change or publication; 0: made before there were any
  std::optional<FleetIdentity> fleet;
  Groups groups;                  // in a file of their own, DIR/groups
  bool tls = false;               // with an authority of the fleet
  std::string authority;          // its certificate, PEM; in a file of its own, DIR/hub/ca.pem
  Retention retention;            // what the servers keep
  std::vector<RosterNode> nodes;  // the revoked ones stay, for the account token's list

  // Among the nodes that are not revoked; nullptr if there is none.
  const RosterNode* find(std::string_view destination) const;
  const RosterNode* find(const PublicKey& key) const;
  RosterNode* find(std::string_view destination);
  const RosterNode* find_revoked(const PublicKey& key) const;  // among the revoked, and the keys that were rotated
  std::vector<const RosterNode*> active() const;
};

// Checks that the generated configs can express the value. Errc::kUsage, quoting the text.
Result<void> check_subject(std::string_view text);
Result<void> check_prefix(std::string_view text);

// The text of the roster file, which does not hold the groups.
std::string format_roster(const Roster& roster);

// Errc::kConfig, as "line N: what".
Result<Roster> parse_roster(std::string_view text);

}  // namespace remaphore::fleet
