// Changes to the configs of a fleet's nodes. All are computed before the first is written, so that a config without its
// marked block stops a command before it has changed anything.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "fleet/folder.h"
#include "fleet/report.h"
#include "fleet/roster.h"

namespace remaphore::fleet {

// The new text of one file, which may hold a private key.
struct Change {
  std::string path, text;
  mode_t fresh;  // of a file that does not exist yet; 0: it must exist

  Change(std::string path_of_file, std::string new_text, mode_t mode_if_new = 0);
  Change(Change&&) = default;
  Change& operator=(Change&&) = default;
  ~Change();
};

// The destinations in the roster, without the revoked ones.
std::vector<std::string> configured(const Roster& roster);

struct PlannedChanges {
  std::vector<Change> changes;
  std::vector<Error> faults;  // Errc::kConfig, naming the file: a config that is missing, or has no block
};

// A further edit of a node's config; it wipes the old text. Errc::kConfig.
using Edit = std::function<Result<std::string>(std::string config, const RosterNode& node)>;

// The configs of `destinations` with their peers updated to `roster`, then edited; unchanged ones are left out.
PlannedChanges plan_peers(const Folder& folder, const Roster& roster, const std::vector<std::string>& destinations,
                          const Edit& edit = {});

// Writes a changed roster under a new serial number, with its groups and all configs: all or none, unless the system
// fails between two renames. Returns the changed configs.
Result<std::vector<Change>> update_all(const Folder& folder, Roster& roster, const Edit& edit = {});

// A function for `edit`: the verbs of the node's identity line become those of the roster.
Result<std::string> follow_verbs(std::string config, const RosterNode& node);

// Errc::kUsage, naming the folder, if a target of `changes`, or the fleet's folders of these names, cannot be written.
Result<void> check_writable(const Folder& folder, const std::vector<std::string>& names,
                            const std::vector<Change>& changes);

std::vector<std::string> paths_of(const std::vector<Change>& changes);

// All or none, unless the system fails between two renames.
Result<void> apply(const std::vector<Change>& changes);

// Applies as many as possible: removes those that cannot be written from `changes`, and returns the reasons.
std::vector<Error> apply_each(std::vector<Change>& changes);

// Prints, as a next step, how the nodes get their folders.
void report_copies(const std::string& folder, const Roster& roster, std::string_view remark, Report& report);

// Prints the changed files, and how their nodes get them.
void report(const std::string& folder, const std::vector<Change>& changes, Report& report);

}  // namespace remaphore::fleet
