#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/redact.h"
#include "fleet/changes.h"
#include "fleet/commands.h"
#include "fleet/folder.h"
#include "fleet/node.h"
#include "fleet/report.h"

namespace remaphore::fleet {
namespace {

// The changed nodes.
Result<std::vector<std::string>> change_nodes(Roster& roster, const std::vector<std::string>& nodes) {
  std::vector<std::string> changed;
  for (const std::string& text : nodes) {
    const Result<NodeSpec> spec = parse_node(text);
    if (!spec) return pass_on(spec);
    RosterNode* node = roster.find(spec->destination);
    if (node == nullptr)
      return fail(Errc::kUsage, fmt::format("{} is not in the fleet", quote_redacted(spec->destination)));
    if (!spec->names_verbs && !spec->send_only) {
      return fail(Errc::kUsage, fmt::format("{} needs verbs: {}=verb,verb", spec->destination, spec->destination));
    }
    const std::vector<std::string>& verbs = spec->names_verbs ? spec->verbs : node->verbs;
    if (node->verbs == verbs && node->send_only == spec->send_only) continue;
    node->verbs = verbs;
    node->send_only = spec->send_only;
    changed.push_back(spec->destination);
  }
  return changed;
}

Result<ExitStatus> print_changed(const Options& options, const std::vector<std::string>& changed,
                                 const std::vector<Change>& changes) {
  Report all(options.format);
  for (const std::string& destination : changed)
    all.object(JsonObject().text("type", "set").text("destination", destination));
  if (changed.empty()) all.text("nothing changes\n");
  report(options.place, changes, all);
  if (!changed.empty()) {
    all.text(fmt::format("a node sends what its own identity line says: copy the config of {} to it\n",
                         join(changed, ", ")));
  }
  return all.end(ExitStatus::kOk);
}

}  // namespace

Result<ExitStatus> run_set(const Options& options) {
  const Result<Folder> folder = Folder::open(options.place);
  if (!folder) return pass_on(folder);
  Result<Roster> roster = folder->read_roster();
  if (!roster) return pass_on(roster);
  const Result<std::vector<std::string>> changed = change_nodes(*roster, options.operands);
  if (!changed) return pass_on(changed);
  if (changed->empty()) return print_changed(options, {}, {});
  const auto edit = [&changed](std::string config, const RosterNode& node) -> Result<std::string> {
    const bool ours = std::find(changed->begin(), changed->end(), node.destination) != changed->end();
    return ours ? follow_verbs(std::move(config), node) : std::move(config);
  };
  const Result<std::vector<Change>> changes = update_all(*folder, *roster, edit);
  if (!changes) return pass_on(changes);
  return print_changed(options, *changed, *changes);
}

}  // namespace remaphore::fleet
