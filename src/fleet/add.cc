#include <fmt/format.h>

#include <utility>
#include <vector>

#include "fleet/admission.h"
#include "fleet/changes.h"
#include "fleet/commands.h"
#include "fleet/folder.h"
#include "fleet/held_signals.h"
#include "fleet/identity.h"
#include "fleet/report.h"
#include "fleet/staged_files.h"
#include "io/system_clock.h"

namespace remaphore::fleet {
namespace {

Result<ExitStatus> print_added(const Options& options, const Folder& folder, const std::vector<NewNode>& added,
                               const std::vector<Change>& changes) {
  Report all(options.format);
  std::vector<std::string> files;
  for (const NewNode& node : added) {
    files.push_back(folder.node(node.entry.destination) + "/*");
    all.object(JsonObject()
                   .text("type", "node")
                   .text("destination", node.entry.destination)
                   .text("public_key", keys::to_base58(node.entry.key))
                   .text("folder", folder.node(node.entry.destination)));
  }
  all.files("new, copy to the node:", "new", files);
  for (const NewNode& node : added) {
    if (node.key) continue;
    all.text(fmt::format("put the identity line that keygen printed on {} into its copy of remaphore.conf\n",
                         node.entry.destination));
  }
  report(options.place, changes, all);
  all.text("the server needs no change\n");
  return all.end(ExitStatus::kOk);
}

// First everything that needs disk space, then the renames, and the roster last: until it names the nodes, they can be
// added again, perhaps only after an existing folder has been moved away.
Result<void> write(const Folder& folder, const Roster& roster, const FleetKeys& keys, const std::vector<NewNode>& added,
                   const std::vector<Change>& changes) {
  const HeldSignals held;
  const std::int64_t now = unix_seconds();
  std::vector<StagedFolder> nodes;
  for (const NewNode& node : added) {
    Result<StagedFolder> aside = StagedFolder::make(folder.node(node.entry.destination), kNodeFolder);
    if (!aside) return pass_on(aside);
    const StagedFolder& made = nodes.emplace_back(std::move(*aside));
    if (Result<void> written = write_node(made.path(), roster, node, keys, now); !written) return written;
  }
  if (Result<void> applied = apply(changes); !applied) return applied;
  for (StagedFolder& node : nodes) {
    if (Result<void> placed = node.put_in_place(); !placed) return placed;
  }
  return folder.write_roster(roster);
}

}  // namespace

Result<ExitStatus> run_add(const Options& options) {
  std::optional<PublicKey> own_key;
  if (!options.public_key.empty()) {
    const Result<PublicKey> key = parse_public_key(options.public_key);
    if (!key) return pass_on(key);
    own_key = *key;
  }
  const Result<Folder> folder = Folder::open(options.place);
  if (!folder) return pass_on(folder);
  Result<Roster> roster = folder->read_roster();
  if (!roster) return pass_on(roster);
  const std::vector<std::string> others = configured(*roster);
  const Result<std::vector<NewNode>> added = admit(*roster, options.operands, own_key);
  if (!added) return pass_on(added);
  for (const NewNode& node : *added) {
    const std::string path = folder->node(node.entry.destination);
    if (exists(path))
      return fail(Errc::kUsage, fmt::format("{} exists, although the roster does not name it: move it away", path));
  }
  ++roster->serial;
  const Result<FleetKeys> keys = folder->read_keys();
  if (!keys) return pass_on(keys);
  if (Result<void> good = check_writable(*folder, {"nodes", "secrets"}, {}); !good) return pass_on(good);
  if (Result<void> good = ensure_identity(*folder, *roster); !good) return pass_on(good);
  const PlannedChanges planned = plan_peers(*folder, *roster, others);
  if (!planned.faults.empty()) return Unexpected(planned.faults.front());
  const std::vector<Change>& changes = planned.changes;
  if (Result<void> good = check_writable(*folder, {"nodes"}, changes); !good) return pass_on(good);

  if (Result<void> written = write(*folder, *roster, *keys, *added, changes); !written) return pass_on(written);
  return print_added(options, *folder, *added, changes);
}

}  // namespace remaphore::fleet
