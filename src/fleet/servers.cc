#include <fmt/format.h>
#include <sys/stat.h>

#include <cstdio>

#include "core/config_parser.h"
#include "fleet/authority.h"
#include "fleet/changes.h"
#include "fleet/commands.h"
#include "fleet/folder.h"
#include "fleet/held_signals.h"
#include "fleet/hub_servers.h"
#include "fleet/marked_lines.h"
#include "fleet/node.h"
#include "fleet/report.h"
#include "fleet/shell_word.h"
#include "fleet/whole_file.h"
#include "io/stderr_log.h"

namespace remaphore::fleet {
namespace {

struct MovedFiles {
  std::vector<Change> changed, made;  // the servers' configs
  std::vector<Change> certificate;    // of all servers
  std::vector<std::string> gone;      // of servers that there are no more
  std::vector<Change> nodes;
  std::vector<Error> faults;  // of single nodes
};

// A config that is there keeps what a person wrote into it.
Result<std::string> moved_config(const std::string& old, const Roster& roster, const HubServer& server) {
  Result<std::string> config = with_listener(old, server.listener);
  if (!config) return config;
  config = with_jetstream(*config, roster.keeping, server.store());
  return config ? with_cluster(*config, server) : config;
}

Result<void> plan_moved_hubs(const Folder& folder, const Roster& roster, const FleetKeys& keys,
                             const std::vector<HubServer>& servers, MovedFiles& files) {
  const std::vector<std::string> before = hub_config_paths(folder);
  for (const HubServer& server : servers) {
    const std::string path = folder.file("hub/" + hub_config_name(server.number));
    if (!exists(path)) {
      files.made.emplace_back(path, hub_config(keys, roster, server, now_in_seconds()));
      continue;
    }
    const Result<std::string> old = read_whole(path, kMaxConfigBytes);
    if (!old) return Unexpected(old.error());
    Result<std::string> config = moved_config(*old, roster, server);
    if (!config) return fail(Errc::kConfig, fmt::format("{}: {}", path, config.error().message));
    if (*config != *old) files.changed.emplace_back(path, std::move(*config));
  }
  for (std::size_t i = servers.size(); i < before.size(); ++i) files.gone.push_back(before[i]);
  return {};
}

// In a fleet with TLS: a certificate with the servers' new addresses.
Result<void> plan_certificate(const Folder& folder, const Roster& roster, const std::vector<std::string>& before,
                              MovedFiles& files) {
  if (!roster.tls || roster.servers == before) return {};
  Result<CertificateAndKey> authority = read_authority(folder, roster);
  if (!authority) return Unexpected(authority.error());
  Result<CertificateAndKey> server = server_certificate(roster, *authority, now_in_seconds());
  keys::wipe(authority->key);
  if (!server) return Unexpected(server.error());
  files.certificate.emplace_back(folder.file("hub/server.pem"), std::move(server->certificate));
  files.certificate.emplace_back(folder.file("hub/server.key"), std::move(server->key));
  return {};
}

// The one `server` line that init wrote.
void plan_moved_node(const Folder& folder, const Roster& roster, const std::string& destination, MovedFiles& files) {
  const std::string path = folder.config(destination);
  Result<std::string> old = read_whole(path, kMaxConfigBytes);
  if (!old) return files.faults.push_back(old.error());
  const Lines line = find_lines(*old, "server:", "server:");
  if (!line.exactly_one) {
    files.faults.push_back({Errc::kConfig, fmt::format("{}: not exactly one line that starts with server:", path)});
  } else {
    std::string text = replace_lines(*old, line, fmt::format("server: {}\n", join(roster.servers, ",")));
    if (text != *old) files.nodes.emplace_back(path, std::move(text));
  }
  keys::wipe(*old);
}

Result<void> write_move(const Folder& folder, const Roster& roster, const std::vector<HubServer>& servers,
                        MovedFiles& files) {
  if (Result<void> good = check_writable(folder, {"hub"}, files.changed); !good) return good;
  const HeldSignals held;
  for (const HubServer& server : servers) {
    if (exists(server.store())) continue;
    if (Result<void> made = make_folder(server.store(), kPublicFolder); !made) return made;
  }
  for (const Change& change : files.made) {
    if (Result<void> written = write_new(change.path, change.text, hub_config_mode(servers.front())); !written)
      return written;
  }
  // First the mode, which the new text keeps: it may hold the routes' password.
  for (const Change& change : files.changed) ::chmod(change.path.c_str(), hub_config_mode(servers.front()));
  if (Result<void> applied = apply(files.changed); !applied) return applied;
  if (Result<void> applied = apply(files.certificate); !applied) return applied;
  for (const std::string& path : files.gone) std::rename(path.c_str(), (path + ".old").c_str());
  if (Result<void> written = folder.write_roster(roster); !written) return written;
  const std::vector<Error> faults = apply_each(files.nodes);
  files.faults.insert(files.faults.end(), faults.begin(), faults.end());
  return {};
}

std::vector<std::string> paths_of(const std::vector<Change>& changes) {
  std::vector<std::string> paths;
  for (const Change& change : changes) paths.push_back(change.path);
  return paths;
}

Result<int> tell_move(const Options& options, const MovedFiles& files, std::size_t servers) {
  Report all(options.json);
  all.files("new, copy to the server:", "new", paths_of(files.made));
  std::vector<std::string> changed = paths_of(files.changed);
  for (const Change& change : files.certificate) changed.push_back(change.path);
  all.files("changed, copy to the server and restart it:", "changed", changed);
  std::vector<std::string> old;
  for (const std::string& path : files.gone) old.push_back(path + ".old");
  all.files("no server of the fleet any more, stop it:", "old", old);
  all.files("changed, copy to the node; listeners read it by themselves, but stay with their server until it stops:",
            "changed", paths_of(files.nodes));
  if (servers == 2) all.say(kTwoServers);
  tell_hubs(options.folder, servers, all);
  all.next(fmt::format("remaphore-fleet provision {}", shell_path(options.folder)), "once they run");
  StderrLog log("remaphore-fleet", StderrLog::Level::kNormal);
  for (const Error& fault : files.faults) log.error(fault.message);
  return all.end(files.faults.empty() ? kDone : kCheckFailed);
}

}  // namespace

Result<int> run_servers(const Options& options) {
  const Result<Folder> folder = Folder::open(options.folder);
  if (!folder) return Unexpected(folder.error());
  Result<Roster> roster = folder->read_roster();
  if (!roster) return Unexpected(roster.error());
  const Result<FleetKeys> keys = folder->read_keys();
  if (!keys) return Unexpected(keys.error());
  const std::vector<std::string> before = roster->servers;
  const Result<std::vector<ServerAddress>> listeners =
      take_servers(roster->tls ? with_tls(options.servers) : options.servers, options.listeners, *roster);
  if (!listeners) return Unexpected(listeners.error());
  const std::vector<HubServer> servers = hub_servers(*roster, *keys, *listeners, absolute_path(folder->file("hub")));
  MovedFiles files;
  if (Result<void> planned = plan_moved_hubs(*folder, *roster, *keys, servers, files); !planned)
    return Unexpected(planned.error());
  if (Result<void> planned = plan_certificate(*folder, *roster, before, files); !planned)
    return Unexpected(planned.error());
  for (const RosterNode* member : roster->active()) plan_moved_node(*folder, *roster, member->destination, files);
  if (Result<void> written = write_move(*folder, *roster, servers, files); !written) return Unexpected(written.error());
  return tell_move(options, files, servers.size());
}

}  // namespace remaphore::fleet
