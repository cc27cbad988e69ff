#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <iterator>

#include "base/redact.h"
#include "core/config_parser.h"
#include "fleet/changes.h"
#include "fleet/commands.h"
#include "fleet/folder.h"
#include "fleet/held_signals.h"
#include "fleet/hub_config.h"
#include "fleet/hub_servers.h"
#include "fleet/identity.h"
#include "fleet/report.h"
#include "fleet/staged_files.h"
#include "io/system_clock.h"

namespace remaphore::fleet {
namespace {

// The outcome for the nodes' files.
struct Outcome {
  std::vector<std::string> moved;  // where the revoked nodes' folders are now
  std::vector<Change> changes;     // configs that were written
  std::vector<Error> faults;       // reports of folders and configs left unchanged
};

void add(std::vector<Error>& faults, std::vector<Error> more) {
  faults.insert(faults.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

// Whether an earlier run for the same node left work to do.
bool is_unfinished(const Folder& folder, const Roster& roster, const std::string& destination) {
  if (exists(folder.node(destination))) return true;
  const PlannedChanges planned = plan_peers(folder, roster, configured(roster));
  return !planned.changes.empty() || !planned.faults.empty();
}

Result<void> mark_revoked(const Folder& folder, Roster& roster, const std::vector<std::string>& destinations,
                          std::int64_t now) {
  for (const std::string& destination : destinations) {
    bool found = false, before = false;
    for (RosterNode& node : roster.nodes) {
      if (node.destination != destination) continue;
      before = before || node.revoked;
      if (node.revoked) continue;
      node.revoked = now;
      found = true;
    }
    if (!found && !before)
      return fail(Errc::kUsage, fmt::format("{} is not in the fleet", quote_redacted(destination)));
    if (!found && !is_unfinished(folder, roster, destination)) {
      return fail(Errc::kUsage, fmt::format("{} was already revoked", destination));
    }
  }
  return {};
}

// The folders that are indispensable; DIR/nodes may be kept elsewhere.
Result<void> check_places(const Folder& folder) {
  std::vector<std::string> names{"hub"};
  if (exists(folder.file("nodes"))) names.emplace_back("nodes");
  return check_writable(folder, names, {});
}

Result<void> write_hub(const Folder& folder, const Roster& roster, const FleetKeys& keys, std::int64_t now) {
  std::vector<Change> changes;
  for (const std::string& path : hub_config_paths(folder)) {
    const Result<std::string> old = read_whole(path, kMaxConfigBytes);
    if (!old) return pass_on(old);
    Result<std::string> config = with_account(*old, keys.account_public(), account_token(keys, roster, now));
    if (!config) return fail(Errc::kConfig, fmt::format("{}: {}", path, config.error().message));
    changes.emplace_back(path, std::move(*config));
  }
  return apply(changes);
}

// Moves the node's folder to revoked/DESTINATION, or DESTINATION.2 and so on if one of this name was revoked before.
Result<std::string> move_away(const Folder& folder, const std::string& destination) {
  const std::string from = folder.node(destination), graveyard = folder.file("revoked");
  if (!exists(graveyard)) {
    if (Result<void> made = make_folder(graveyard, kNodeFolder); !made) return pass_on(made);
  }
  const std::string base = fmt::format("{}/{}", graveyard, destination);
  std::string to = base;
  for (int number = 2; exists(to); ++number) to = fmt::format("{}.{}", base, number);
  if (std::rename(from.c_str(), to.c_str()) != 0) {
    return fail(Errc::kRuntime, fmt::format("cannot move {} to {}: {}", from, to, std::strerror(errno)));
  }
  return to;
}

// Does as much as possible, whatever the state of each folder.
Outcome write_nodes(const Folder& folder, const Roster& roster, const std::vector<std::string>& revoked) {
  Outcome outcome;
  PlannedChanges planned = plan_peers(folder, roster, configured(roster));
  outcome.faults = std::move(planned.faults);
  outcome.changes = std::move(planned.changes);
  add(outcome.faults, apply_each(outcome.changes));
  for (const std::string& destination : revoked) {
    if (!exists(folder.node(destination))) continue;
    const Result<std::string> to = move_away(folder, destination);
    if (to) {
      outcome.moved.push_back(*to);
    } else {
      outcome.faults.push_back(to.error());
    }
  }
  return outcome;
}

Result<ExitStatus> print_revoked(const Options& options, const Folder& folder, const Outcome& outcome) {
  Report all(options.format);
  all.files("revoked, moved to:", "moved", outcome.moved);
  if (outcome.moved.empty()) all.text("revoked\n");
  all.files(
      "changed, copy it to the server if that reads a copy, then kill -HUP the server (systemctl reload nats-server):",
      "changed", hub_config_paths(folder));
  report(options.place, outcome.changes, all);
  for (const Error& fault : outcome.faults) all.fault(fault.message);
  if (outcome.faults.empty()) return all.end(ExitStatus::kOk);
  all.fault("the server's config was changed anyway; fix these files, then run revoke again");
  return all.end(ExitStatus::kIncomplete);
}

}  // namespace

// The server first, since it shuts the nodes out; then the roster, which every later change starts from. Problems with
// the nodes' folders are reported but stop nothing: the command can be repeated.
Result<ExitStatus> run_revoke(const Options& options) {
  const Result<Folder> folder = Folder::open(options.place);
  if (!folder) return pass_on(folder);
  Result<Roster> roster = folder->read_roster();
  if (!roster) return pass_on(roster);
  const std::int64_t now = unix_seconds();
  if (Result<void> marked = mark_revoked(*folder, *roster, options.operands, now); !marked) return pass_on(marked);
  ++roster->serial;
  const Result<FleetKeys> keys = folder->read_keys();
  if (!keys) return pass_on(keys);
  if (Result<void> good = check_places(*folder); !good) return pass_on(good);

  Outcome outcome;
  {
    const HeldSignals held;
    if (Result<void> written = write_hub(*folder, *roster, *keys, now); !written) return pass_on(written);
    const Result<void> has_identity = ensure_identity(*folder, *roster);
    if (Result<void> written = folder->write_roster(*roster); !written) return pass_on(written);
    outcome = write_nodes(*folder, *roster, options.operands);
    if (!has_identity) outcome.faults.push_back(has_identity.error());
  }
  return print_revoked(options, *folder, outcome);
}

}  // namespace remaphore::fleet
