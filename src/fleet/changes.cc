#include "fleet/changes.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "core/config_parser.h"
#include "core/keys.h"
#include "fleet/block.h"
#include "fleet/held_signals.h"
#include "fleet/identity.h"
#include "fleet/shell_word.h"
#include "fleet/staged_files.h"

namespace remaphore::fleet {
Change::Change(std::string path_of_file, std::string new_text, mode_t mode_if_new)
    : path(std::move(path_of_file)), text(std::move(new_text)), fresh(mode_if_new) {}
Change::~Change() { keys::wipe(text); }

std::vector<std::string> configured(const Roster& roster) {
  std::vector<std::string> destinations;
  for (const RosterNode* node : roster.active()) destinations.push_back(node->destination);
  return destinations;
}

PlannedChanges plan_peers(const Folder& folder, const Roster& roster, const std::vector<std::string>& destinations,
                          const Edit& edit) {
  PlannedChanges planned;
  for (const std::string& destination : destinations) {
    const std::string path = folder.config(destination);
    Result<std::string> old = read_whole(path, kMaxConfigBytes);
    if (!old) {
      planned.faults.push_back(old.error());
      continue;
    }
    Result<std::string> text = with_peers(*old, roster, destination);
    if (text && edit) text = edit(std::move(*text), *roster.find(destination));
    if (!text) {
      planned.faults.push_back({Errc::kConfig, fmt::format("{}: {}", path, text.error().message)});
    } else if (*text != *old) {
      planned.changes.emplace_back(path, std::move(*text));
    }
    keys::wipe(*old);
  }
  return planned;
}

Result<std::string> follow_verbs(std::string config, const RosterNode& node) {
  bool found = false;
  for (const std::optional<PublicKey>& key : {std::optional(node.key), node.old_key}) {
    if (!key) continue;
    std::optional<std::string> changed = with_identity_verbs(config, *key, node.verbs);
    if (!changed) continue;
    found = true;
    keys::wipe(config);
    config = std::move(*changed);
  }
  if (found) return config;
  keys::wipe(config);
  return fail(Errc::kConfig, fmt::format("no identity line with the public key {}", keys::to_base58(node.key)));
}

Result<std::vector<Change>> update_all(const Folder& folder, Roster& roster, const Edit& edit) {
  if (Result<void> good = check_writable(folder, {"nodes", "secrets"}, {}); !good) return pass_on(good);
  if (Result<void> good = ensure_identity(folder, roster); !good) return pass_on(good);
  ++roster.serial;
  PlannedChanges planned = plan_peers(folder, roster, configured(roster), edit);
  if (!planned.faults.empty()) return Unexpected(planned.faults.front());
  if (Result<void> good = check_writable(folder, {}, planned.changes); !good) return pass_on(good);
  const HeldSignals held;
  if (Result<void> written = apply(planned.changes); !written) return pass_on(written);
  if (Result<void> written = folder.write_groups(roster.groups); !written) return pass_on(written);
  if (Result<void> written = folder.write_roster(roster); !written) return pass_on(written);
  return std::move(planned.changes);
}

Result<void> check_writable(const Folder& folder, const std::vector<std::string>& names,
                            const std::vector<Change>& changes) {
  std::vector<std::string> folders{parent_of(folder.file("roster"))};
  for (const std::string& name : names) folders.push_back(folder.file(name));
  for (const Change& change : changes) folders.push_back(parent_of(change.path));
  return check_writable(folders);
}

std::vector<std::string> paths_of(const std::vector<Change>& changes) {
  std::vector<std::string> paths;
  for (const Change& change : changes) paths.push_back(change.path);
  return paths;
}

Result<void> apply(const std::vector<Change>& changes) {
  std::vector<Rewrite> files;
  for (const Change& change : changes) files.push_back({change.path, change.text, change.fresh});
  return rewrite(files);
}

std::vector<Error> apply_each(std::vector<Change>& changes) {
  if (apply(changes)) return {};
  std::vector<Error> faults;
  std::vector<Change> applied;
  for (Change& change : changes) {
    if (Result<void> written = rewrite({{change.path, change.text, change.fresh}}); !written) {
      faults.push_back(written.error());
    } else {
      applied.push_back(std::move(change));
    }
  }
  changes = std::move(applied);
  return faults;
}

void report_copies(const std::string& folder, const Roster& roster, std::string_view remark, Report& report) {
  const std::vector<const RosterNode*> nodes = roster.active();
  if (nodes.empty()) return;
  const std::string& name = nodes.front()->destination;
  const std::string place = roster.prefix.empty() ? "/etc/remaphore" : roster.prefix;
  report.next(fmt::format("scp {}/* {}", shell_path(fmt::format("{}/nodes/{}", folder, name)),
                          shell_word(fmt::format("root@{}:{}/", name, place))),
              remark);
}

void report(const std::string& folder, const std::vector<Change>& changes, Report& report) {
  if (changes.empty()) return;
  report.files("changed, for the nodes; their listeners reread them on their own:", "changed", paths_of(changes));
  report.next(fmt::format("remaphore-fleet publish {}", shell_path(folder)),
              "or copy the changed configs to the nodes");
}

}  // namespace remaphore::fleet
