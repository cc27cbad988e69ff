#include "fleet/changes.h"

#include <fmt/format.h>

#include "core/config_parser.h"
#include "core/keys.h"
#include "fleet/generator.h"
#include "fleet/whole_file.h"

namespace remaphore::fleet {

Change::Change(std::string path_of_file, std::string new_text)
    : path(std::move(path_of_file)), text(std::move(new_text)) {}
Change::~Change() { keys::wipe(text); }

std::vector<std::string> configured(const Roster& roster) {
  std::vector<std::string> destinations;
  for (const RosterNode* member : roster.active()) destinations.push_back(member->destination);
  return destinations;
}

PlannedChanges plan_peers(const Folder& folder, const Roster& roster, const std::vector<std::string>& destinations) {
  PlannedChanges planned;
  for (const std::string& destination : destinations) {
    const std::string path = folder.config(destination);
    Result<std::string> old = read_whole(path, kMaxConfigBytes);
    if (!old) {
      planned.faults.push_back(old.error());
      continue;
    }
    Result<std::string> text = with_peers(*old, roster, *roster.find(destination));
    if (!text) {
      planned.faults.push_back({Errc::kConfig, fmt::format("{}: {}", path, text.error().message)});
    } else if (*text != *old) {
      planned.changes.emplace_back(path, std::move(*text));
    }
    keys::wipe(*old);
  }
  return planned;
}

Result<void> check_writable(const Folder& folder, const std::vector<std::string>& names,
                            const std::vector<Change>& changes) {
  std::vector<std::string> folders{parent_of(folder.file("roster"))};
  for (const std::string& name : names) folders.push_back(folder.file(name));
  for (const Change& change : changes) folders.push_back(parent_of(change.path));
  return check_writable(folders);
}

Result<void> apply(const std::vector<Change>& changes) {
  std::vector<Rewrite> files;
  for (const Change& change : changes) files.push_back({change.path, change.text});
  return rewrite(files);
}

std::vector<Error> apply_each(std::vector<Change>& changes) {
  if (apply(changes)) return {};
  std::vector<Error> faults;
  std::vector<Change> applied;
  for (Change& change : changes) {
    if (Result<void> written = rewrite({{change.path, change.text}}); !written) {
      faults.push_back(written.error());
    } else {
      applied.push_back(std::move(change));
    }
  }
  changes = std::move(applied);
  return faults;
}

std::string describe(const std::vector<Change>& changes) {
  if (changes.empty()) return {};
  std::string text = "changed, copy to the node and restart what listens there:\n";
  for (const Change& change : changes) text += fmt::format("  {}\n", change.path);
  return text;
}

}  // namespace remaphore::fleet
