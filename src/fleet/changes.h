// Changes to the configs of a fleet's nodes, all worked out before the first is written, so that a config without its
// marked block can stop a command before it has changed anything.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "fleet/folder.h"
#include "fleet/roster.h"

namespace remaphore::fleet {

// The new text of one file, which holds a private key.
struct Change {
  std::string path, text;

  Change(std::string path_of_file, std::string new_text);
  Change(Change&&) = default;
  Change& operator=(Change&&) = default;
  ~Change();
};

// The destinations that are in the roster, those revoked left out.
std::vector<std::string> configured(const Roster& roster);

struct PlannedChanges {
  std::vector<Change> changes;
  std::vector<Error> faults;  // Errc::kConfig, naming the file: a config that is not there, or without its block
};

// The configs of `destinations` with the peers that `roster` makes them have; those that stay as they are left out.
PlannedChanges plan_peers(const Folder& folder, const Roster& roster, const std::vector<std::string>& destinations);

// Errc::kUsage, naming the folder, if what `changes` are for, or the fleet's folders of these names, cannot be written.
Result<void> check_writable(const Folder& folder, const std::vector<std::string>& names,
                            const std::vector<Change>& changes);

// All or, unless the system fails between two renames, none.
Result<void> apply(const std::vector<Change>& changes);

// As many as can be: takes those that cannot be written out of `changes`, and says why.
std::vector<Error> apply_each(std::vector<Change>& changes);

// For people: the files, and what to do with them. Empty if there are none.
std::string describe(const std::vector<Change>& changes);

}  // namespace remaphore::fleet
