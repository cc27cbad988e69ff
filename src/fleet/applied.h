// DIR/applied: which roster each node has applied, according to its answers to publications.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "base/result.h"
#include "fleet/folder.h"

namespace remaphore::fleet {

struct AppliedRoster {
  std::uint64_t serial = 0;
  std::int64_t time = 0;   // of the answer, Unix seconds
  std::string public_key;  // base58, that it was signed with
};

using AppliedRosters = std::map<std::string, AppliedRoster, std::less<>>;  // by destination

// Empty if nothing was published yet. Errc::kConfig, naming the line.
Result<AppliedRosters> read_applied(const Folder& folder);
Result<void> write_applied(const Folder& folder, const AppliedRosters& applied);

}  // namespace remaphore::fleet
