#include <fmt/format.h>

#include "app/turns.h"
#include "base/duration.h"
#include "core/config_parser.h"
#include "fleet/admin_link.h"
#include "fleet/changes.h"
#include "fleet/commands.h"
#include "fleet/folder.h"
#include "fleet/held_signals.h"
#include "fleet/hub_config.h"
#include "fleet/hub_servers.h"
#include "fleet/provisioner.h"
#include "fleet/report.h"
#include "fleet/retention_options.h"
#include "fleet/shell_word.h"
#include "fleet/staged_files.h"
#include "io/runtime.h"
#include "io/system_clock.h"
#include "nats/credentials.h"
#include "nats/nkey.h"
#include "nats/token.h"

namespace remaphore::fleet {
namespace {

constexpr Duration kStreamTimeout = std::chrono::seconds(5);

// The new content of the fleet's files.
struct Files {
  std::vector<Change> hub, nodes;
  std::vector<Error> faults;  // of single nodes
};

// A server's config: the account may have streams, and JetStream is on, with its files where the fleet is now.
Result<std::string> new_hub_config(const std::string& old, const std::string& place, const Roster& roster,
                                   const FleetKeys& keys, std::int64_t now) {
  const std::string account = keys.account_public();
  // A server that is reloaded refuses any other text than the one that it was started with.
  const std::string before = read_setting(old, "store_dir");
  const bool stays = !before.empty() && absolute_path(before) == place;
  Result<std::string> config = with_jetstream(old, roster.retention, stays ? before : place);
  if (!config) return config;
  const bool keeps = nats::may_keep(read_setting(old, account));
  return keeps == roster.retention.on() ? config : with_account(*config, account, account_token(keys, roster, now));
}

Result<void> plan_hubs(const Folder& folder, const Roster& roster, const FleetKeys& keys, Files& files) {
  std::size_t number = 0;
  for (const std::string& path : hub_config_paths(folder)) {
    const HubServer server{{}, absolute_path(folder.file("hub")), ++number};
    const Result<std::string> old = read_whole(path, kMaxConfigBytes);
    if (!old) return pass_on(old);
    Result<std::string> config = new_hub_config(*old, server.store(), roster, keys, unix_seconds());
    if (!config) return fail(Errc::kConfig, fmt::format("{}: {}", path, config.error().message));
    if (*config != *old) files.hub.emplace_back(path, std::move(*config));
  }
  return {};
}

bool is_same(const nats::Permissions& a, const nats::Permissions& b) {
  return a.publish == b.publish && a.subscribe == b.subscribe;
}

// A new token for the node's own key, if the present one does not grant what it should.
Result<void> plan_node(const Folder& folder, const Roster& roster, const RosterNode& node, const FleetKeys& keys,
                       Files& files) {
  const std::string path = folder.node(node.destination) + "/nats.creds";
  Result<std::string> old = read_whole(path, nats::kMaxCredentials);
  if (!old) return pass_on(old);
  Result<nats::Credentials> credentials = nats::parse_credentials(*old);
  keys::wipe(*old);
  if (!credentials) return fail(Errc::kConfig, fmt::format("{}: {}", path, credentials.error().message));
  const Result<nats::Permissions> granted = nats::read_permissions(credentials->token);
  if (granted && is_same(*granted, permissions_of(roster, node))) return {};
  std::string seed = nats::encode_seed(nats::NkeyKind::kUser, credentials->key);
  files.nodes.emplace_back(path, nats::format_credentials(user_token(keys, roster, node, unix_seconds()), seed));
  keys::wipe(seed);
  return {};
}

Result<Files> plan(const Folder& folder, const Roster& roster, const FleetKeys& keys) {
  Files files;
  if (Result<void> planned = plan_hubs(folder, roster, keys, files); !planned) return pass_on(planned);
  for (const RosterNode* node : roster.active()) {
    if (Result<void> planned = plan_node(folder, roster, *node, keys, files); !planned)
      files.faults.push_back(planned.error());
  }
  return files;
}

Result<void> write(const Folder& folder, const Roster& roster, Files& files) {
  if (Result<void> good = check_writable(folder, {"hub"}, files.hub); !good) return good;
  const HeldSignals held;
  const Result<std::string> old = read_whole(folder.file("roster"), kMaxRoster);
  if (!old || *old != format_roster(roster)) {
    if (Result<void> written = folder.write_roster(roster); !written) return written;
  }
  if (Result<void> applied = apply(files.hub); !applied) return applied;
  const std::vector<Error> faults = apply_each(files.nodes);
  files.faults.insert(files.faults.end(), faults.begin(), faults.end());
  return {};
}

void report_files(Report& all, const Files& files) {
  std::vector<std::string> nodes, hub;
  for (const Change& change : files.nodes) nodes.push_back(change.path);
  for (const Change& change : files.hub) hub.push_back(change.path);
  all.files("changed, copy to the node; what runs there uses it from its next connection on:", "changed", nodes);
  all.files(
      "changed, copy it to the server if that reads a copy, then kill -HUP the server (systemctl reload nats-server):",
      "changed", hub);
}

// Over a link to the first server that answers. If interrupted, it returns nothing, and `signals` has the reason.
Result<std::vector<std::string>> make_streams(const Folder& folder, const Roster& roster, const FleetKeys& keys,
                                              Signals& signals) {
  NatsOptions options = admin_options(keys, roster, servers_of(roster), folder.file("secrets/account.seed"));
  options.whole = kStreamTimeout;
  Runtime runtime(std::move(options), signals);
  auto& [clock, connection, workers, loop] = runtime;
  Provisioner provisioner(connection, clock,
                          streams_of(roster.subject, roster.retention, hub_config_paths(folder).size()));
  const Deadline deadline = clock.monotonic() + kStreamTimeout;
  provisioner.begin();
  const auto turn = [&] {
    provisioner.turn();
    return provisioner.failure() || provisioner.done();
  };
  const Ended ended = take_turns(
      clock, loop, turn, [&] { return provisioner.wake_at(); }, deadline);
  if (provisioner.failure()) return Unexpected(*provisioner.failure());
  if (ended != Ended::kTimeout) return provisioner.report();
  return fail(Errc::kRuntime, fmt::format("the streams could not be created within {}: {}",
                                          format_duration(kStreamTimeout), provisioner.wait_reason()));
}

ExitStatus report_faults(const std::vector<Error>& faults, Report& all) {
  for (const Error& fault : faults) all.fault(fault.message);
  if (!faults.empty()) all.fault("fix these files, then run provision again");
  return faults.empty() ? ExitStatus::kOk : ExitStatus::kIncomplete;
}

}  // namespace

Result<ExitStatus> run_provision(const Options& options) {
  const Result<Folder> folder = Folder::open(options.place);
  if (!folder) return pass_on(folder);
  Result<Roster> roster = folder->read_roster();
  if (!roster) return pass_on(roster);
  if (Result<void> good = set_retention(options, *roster); !good) return pass_on(good);
  const Result<FleetKeys> keys = folder->read_keys();
  if (!keys) return pass_on(keys);
  Result<Files> files = plan(*folder, *roster, *keys);
  if (!files) return pass_on(files);
  if (Result<void> written = write(*folder, *roster, *files); !written) return pass_on(written);
  Report all(options.format);
  if (!roster->fleet) {  // made before fleets had identities
    const Result<std::vector<Change>> changes = update_all(*folder, *roster);
    if (!changes) return pass_on(changes);
    report(options.place, *changes, all);
  }
  report_files(all, *files);
  if (!roster->retention.on()) {
    all.text("nothing is kept (--keep 0)\n");
    return all.end(report_faults(files->faults, all));
  }

  Signals signals;
  const Result<std::vector<std::string>> made = make_streams(*folder, *roster, *keys, signals);
  if (const std::optional<int> signal = signals.stop_signal()) signals.die_of(*signal);
  if (!made) {
    const std::string why = fmt::format("{}; once the server has its config: remaphore-fleet provision {}",
                                        made.error().message, shell_path(options.place));
    report_faults(files->faults, all);
    all.fault(why);
    return all.end(ExitStatus::kFailure);
  }
  for (const std::string& line : *made) {
    all.text(line + '\n');
    all.object(JsonObject().text("type", "stream").text("text", line));
  }
  return all.end(report_faults(files->faults, all));
}

}  // namespace remaphore::fleet
