#include "fleet/server_move.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cstdio>
#include <optional>
#include <utility>

#include "core/config_parser.h"
#include "core/keys.h"
#include "fleet/authority.h"
#include "fleet/generator.h"
#include "fleet/held_signals.h"
#include "fleet/hub_checks.h"
#include "fleet/hub_servers.h"
#include "fleet/marked_lines.h"
#include "fleet/node.h"
#include "fleet/staged_files.h"
#include "io/system_clock.h"

namespace remaphore::fleet {
namespace {

// An existing config keeps what a person wrote into it.
Result<std::string> moved_config(const std::string& old, const Roster& roster, const HubServer& server, bool new_tls) {
  if (new_tls && has_own_tls(old))
    return fail(Errc::kConfig, "has a tls section that remaphore-fleet did not write; remove it and run this again");
  Result<std::string> config = with_listen_address(old, server.listen_address);
  if (config) config = with_certificate(*config, server);
  if (config) config = with_jetstream(*config, roster.retention, server.store());
  return config ? with_cluster(*config, server) : config;
}

class Planner {
 public:
  Planner(const MoveOptions& options, Roster& roster)
      : folder_(options.folder), before_(options.before), options_(options), roster_(roster), now_(unix_seconds()) {}
  Planner(const Planner&) = delete;
  Planner& operator=(const Planner&) = delete;
  ~Planner() { keys::wipe(authority_.key); }

  Result<void> authority() {
    if (!roster_.tls) return {};
    Result<CertificateAndKey> found = before_.tls ? read_authority(folder_, roster_) : new_authority(roster_, now_);
    if (!found) return pass_on(found);
    authority_ = std::move(*found);
    if (before_.tls) return {};
    roster_.authority = authority_.certificate;
    move_.authority = authority_files(options_.path, authority_);
    return {};
  }

  Result<void> server(const HubServer& server) {
    const std::string path = folder_.file("hub/" + hub_config_name(server.number));
    bool moved = true;
    if (!exists(path)) {
      move_.made.emplace_back(path, hub_config(options_.keys, roster_, server, now_), hub_config_mode(server));
    } else {
      const Result<std::string> old = read_whole(path, kMaxConfigBytes);
      if (!old) return pass_on(old);
      Result<std::string> config = moved_config(*old, roster_, server, !before_.tls && roster_.tls);
      if (!config) return fail(Errc::kConfig, fmt::format("{}: {}", path, config.error().message));
      const Result<ServerAddress> listen_address = read_listen_line(*old);
      moved = !listen_address || listen_address->host != server.listen_address.host;
      if (*config != *old) move_.configs.emplace_back(path, std::move(*config));
    }
    return roster_.tls && (moved || needs_certificate(server.number)) ? certificate(server) : Result<void>();
  }

  void gone(std::size_t servers) {
    const std::size_t had = hub_config_paths(folder_).size();
    for (std::size_t number = servers + 1; number <= had; ++number) {
      for (const std::string& name : hub_files(number, before_.tls)) {
        if (name != "ca.pem") move_.gone.push_back(folder_.file("hub/" + name));
      }
    }
  }

  void node(const std::string& destination) {
    const std::string path = folder_.config(destination);
    Result<std::string> old = read_whole(path, kMaxConfigBytes);
    if (!old) return move_.faults.push_back(old.error());
    Result<std::string> text = with_servers(*old);
    if (!text) {
      move_.faults.push_back({Errc::kConfig, fmt::format("{}: {}", path, text.error().message)});
    } else {
      if (*text != *old) move_.nodes.emplace_back(path, std::move(*text));
      trust(folder_.node(destination) + "/ca.pem");
    }
    keys::wipe(*old);
  }

  ServerMove take() { return std::move(move_); }

 private:
  bool needs_certificate(std::size_t number) const {
    const std::vector<std::string>& old = before_.servers;
    return !before_.tls || number > old.size() || old[number - 1] != roster_.servers[number - 1] ||
           !exists(folder_.file("hub/" + server_file(number, "pem"))) ||
           !exists(folder_.file("hub/" + server_file(number, "key")));
  }

  Result<void> certificate(const HubServer& server) {
    Result<std::vector<Change>> files = certificate_files(options_.path, roster_, server, authority_, now_);
    if (!files) return pass_on(files);
    for (Change& file : *files) move_.certificates.push_back(std::move(file));
    return {};
  }

  // The one `server` line that init wrote, and `tls_ca`, which a person may have changed, below it.
  Result<std::string> with_servers(const std::string& config) const {
    const Lines line = find_lines(config, "server:", "server:");
    if (!line.exactly_one) return fail(Errc::kConfig, "not exactly one line that starts with server:");
    std::string text = fmt::format("server: {}\n", join(roster_.servers, ","));
    if (!roster_.tls) return replace_lines(config, line, text);
    if (!has_line(config, "tls_ca:")) return replace_lines(config, line, text + tls_ca_line(roster_));
    text = replace_lines(config, line, text);
    if (!options_.takes_tls) return text;
    const Lines trusted = find_lines(text, "tls_ca:", "tls_ca:");
    if (!trusted.exactly_one) return fail(Errc::kConfig, "not exactly one line that starts with tls_ca:");
    return replace_lines(text, trusted, tls_ca_line(roster_));
  }

  void trust(const std::string& path) {
    if (!roster_.tls) return;
    const Result<std::string> old = exists(path) ? read_whole(path, kMaxPem) : std::string();
    if (!old || *old != roster_.authority) move_.nodes.emplace_back(path, roster_.authority, kNodeFile);
  }

  const Folder& folder_;
  const Roster& before_;
  const MoveOptions& options_;
  Roster& roster_;
  const std::int64_t now_;
  CertificateAndKey authority_;
  ServerMove move_;
};

}  // namespace

Result<ServerMove> plan_move(const MoveOptions& options, Roster& roster) {
  Planner planner(options, roster);
  if (Result<void> planned = planner.authority(); !planned) return pass_on(planned);
  for (const HubServer& server : options.servers) {
    if (Result<void> planned = planner.server(server); !planned) return pass_on(planned);
  }
  planner.gone(options.servers.size());
  for (const RosterNode* node : roster.active()) planner.node(node->destination);
  return planner.take();
}

Result<void> write_move(const Folder& folder, const Roster& roster, const std::vector<HubServer>& servers,
                        ServerMove& move) {
  if (Result<void> good = check_writable(folder, {"hub"}, move.authority); !good) return good;
  const HeldSignals held;
  for (const HubServer& server : servers) {
    if (exists(server.store())) continue;
    if (Result<void> made = make_folder(server.store(), kPublicFolder); !made) return made;
  }
  // First the mode, which the new text keeps: it may hold the routes' password.
  for (const Change& change : move.configs) ::chmod(change.path.c_str(), hub_config_mode(servers.front()));
  for (const auto* changes : {&move.authority, &move.certificates, &move.made, &move.configs}) {
    if (Result<void> applied = apply(*changes); !applied) return applied;
  }
  for (const std::string& path : move.gone) std::rename(path.c_str(), (path + ".old").c_str());
  if (Result<void> written = folder.write_roster(roster); !written) return written;
  const std::vector<Error> faults = apply_each(move.nodes);
  move.faults.insert(move.faults.end(), faults.begin(), faults.end());
  return {};
}

}  // namespace remaphore::fleet
