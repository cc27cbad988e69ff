#include <fmt/format.h>

#include "base/redact.h"
#include "fleet/changes.h"
#include "fleet/commands.h"
#include "fleet/fields.h"
#include "fleet/folder.h"
#include "fleet/report.h"

namespace remaphore::fleet {
namespace {

Result<ExitStatus> show(const Options& options, const Groups& groups) {
  Report all(options.format);
  for (const Group& group : groups.all()) {
    all.text(format_group(group) + '\n');
    all.object(JsonObject().text("type", "group").text("name", group.name).texts("members", group.members));
  }
  return all.end(ExitStatus::kOk);
}

// The groups, with the one in `options` added, replaced or removed.
Result<Groups> changed(const Options& options, const Groups& groups) {
  const std::string& name = options.remove.empty() ? options.operands.front() : options.remove;
  if (!options.remove.empty() && groups.find(name) == nullptr)
    return fail(Errc::kUsage, fmt::format("there is no group {}", quote_redacted(name)));
  std::string text;
  for (const Group& group : groups.all()) {
    if (group.name != name) text += format_group(group) + '\n';
  }
  if (options.remove.empty()) {
    if (!is_group_name(name))
      return fail(Errc::kUsage, fmt::format("not a name for a group: {}", quote_redacted(name)));
    if (options.operands[1].find_first_of("#\r\n") != std::string::npos)
      return fail(Errc::kUsage, fmt::format("not members of a group: {}", quote_redacted(options.operands[1])));
    text += fmt::format("{} {}\n", name, options.operands[1]);
  }
  Result<Groups> parsed = parse_groups(text);
  if (!parsed) return fail(Errc::kUsage, parsed.error().message);
  return parsed;
}

}  // namespace

Result<ExitStatus> run_groups(const Options& options) {
  const Result<Folder> folder = Folder::open(options.place);
  if (!folder) return pass_on(folder);
  Result<Roster> roster = folder->read_roster();
  if (!roster) return pass_on(roster);
  if (options.operands.empty() && options.remove.empty()) return show(options, roster->groups);
  Result<Groups> groups = changed(options, roster->groups);
  if (!groups) return pass_on(groups);
  roster->groups = std::move(*groups);
  const Result<std::vector<Change>> changes = update_all(*folder, *roster);
  if (!changes) return pass_on(changes);
  Report all(options.format);
  report(options.place, *changes, all);
  return all.end(ExitStatus::kOk);
}

}  // namespace remaphore::fleet
