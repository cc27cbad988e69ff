#include <fmt/format.h>

#include "fleet/authority.h"
#include "fleet/changes.h"
#include "fleet/commands.h"
#include "fleet/folder.h"
#include "fleet/hub_servers.h"
#include "fleet/report.h"
#include "fleet/server_move.h"
#include "fleet/shell_word.h"
#include "fleet/staged_files.h"

namespace remaphore::fleet {
namespace {

// When to copy what. A node with its new config needs TLS from its next connection on; one that is connected stays so
// until its server stops.
struct When {
  std::string_view nodes, copies, servers;
};
constexpr When kMoved{
    "changed, copy to the node; listeners reread it on their own, but stay with their server until it stops:",
    "do the same for each node", "once they run"};
constexpr When kTakesTls{
    "changed, copy to the node before the servers start again; listeners reread it on their own, and follow then:",
    "first of all, do the same for each node", "once they run again"};

Result<ExitStatus> report_move(const Options& options, const ServerMove& move, const Roster& roster, const When& when) {
  Report all(options.format);
  all.files("new, copy to the server:", "new", paths_of(move.made));
  std::vector<std::string> changed;
  for (const auto* changes : {&move.configs, &move.certificates}) {
    for (std::string& path : paths_of(*changes)) changed.push_back(std::move(path));
  }
  for (const Change& change : move.authority) {
    if (change.path.ends_with("/hub/ca.pem")) changed.push_back(change.path);
  }
  all.files("changed, copy to the server and restart it:", "changed", changed);
  std::vector<std::string> old;
  for (const std::string& path : move.gone) old.push_back(path + ".old");
  all.files("no longer a server of the fleet, stop it:", "old", old);
  all.files(when.nodes, "changed", paths_of(move.nodes));
  if (roster.servers.size() == 2) all.text(kTwoServers);
  if (!move.nodes.empty()) report_copies(without_slashes(options.place), roster, when.copies, all);
  report_hubs(options.place, roster, all);
  all.next(fmt::format("remaphore-fleet provision {}", shell_path(options.place)), when.servers);
  for (const Error& fault : move.faults) all.fault(fault.message);
  return all.end(move.faults.empty() ? ExitStatus::kOk : ExitStatus::kIncomplete);
}

}  // namespace

Result<ExitStatus> run_servers(const Options& options) {
  const Result<Folder> folder = Folder::open(options.place);
  if (!folder) return pass_on(folder);
  const Result<Roster> before = folder->read_roster();
  if (!before) return pass_on(before);
  const Result<FleetKeys> keys = folder->read_keys();
  if (!keys) return pass_on(keys);
  Roster roster = *before;
  roster.tls = before->tls || options.tls;
  const Result<std::vector<ServerAddress>> listen_addresses =
      take_servers(roster.tls ? with_tls(options.servers) : options.servers, options.listen_addresses, roster);
  if (!listen_addresses) return pass_on(listen_addresses);
  const std::vector<HubServer> servers =
      hub_servers(roster, *keys, *listen_addresses, absolute_path(folder->file("hub")));
  Result<ServerMove> move =
      plan_move({*folder, without_slashes(options.place), *before, *keys, servers, options.tls}, roster);
  if (!move) return pass_on(move);
  if (Result<void> written = write_move(*folder, roster, servers, *move); !written) return pass_on(written);
  return report_move(options, *move, roster, roster.tls && !before->tls ? kTakesTls : kMoved);
}

}  // namespace remaphore::fleet
