#include <fmt/format.h>

#include <utility>
#include <vector>

#include "base/redact.h"
#include "core/config_parser.h"
#include "core/keys.h"
#include "fleet/authority.h"
#include "fleet/changes.h"
#include "fleet/commands.h"
#include "fleet/folder.h"
#include "fleet/held_signals.h"
#include "fleet/hub_checks.h"
#include "fleet/hub_servers.h"
#include "fleet/listen_address.h"
#include "fleet/report.h"
#include "fleet/shell_word.h"
#include "fleet/staged_files.h"
#include "io/system_clock.h"

namespace remaphore::fleet {
namespace {

// The authority's new certificate, under its existing key; nothing while the present certificate is valid for long
// enough.
Result<std::vector<Change>> renew_authority(const Folder& folder, Roster& roster, CertificateAndKey& authority,
                                            std::int64_t now) {
  std::vector<Change> changes;
  const Result<std::int64_t> expires = certificate_expiry(authority.certificate);
  if (!expires)
    return fail(expires.error().code, fmt::format("{}: {}", folder.file("hub/ca.pem"), expires.error().message));
  if (*expires - now > kAuthorityRenewal) return changes;
  Result<CertificateAndKey> renewed = new_authority(roster, now, authority.key);
  if (!renewed) return pass_on(renewed);
  authority.certificate = roster.authority = renewed->certificate;
  keys::wipe(renewed->key);
  changes.emplace_back(folder.file("hub/ca.pem"), roster.authority);
  for (const RosterNode* node : roster.active())
    changes.emplace_back(folder.node(node->destination) + "/ca.pem", roster.authority, kNodeFile);
  return changes;
}

// A new certificate and key for each server, which listens where its config says.
Result<std::vector<Change>> renew_servers(const Folder& folder, const std::string& path, const Roster& roster,
                                          const CertificateAndKey& authority, std::int64_t now) {
  std::vector<Change> changes;
  for (std::size_t number = 1; number <= roster.servers.size(); ++number) {
    const Result<std::string> config = read_whole(folder.file("hub/" + hub_config_name(number)), kMaxConfigBytes);
    if (!config) return pass_on(config);
    const Result<ServerAddress> known = parse_server(roster.servers[number - 1]);
    if (!known) return pass_on(known);
    const Result<ServerAddress> listen_address = read_listen_line(*config);
    const HubServer server{listen_address ? *listen_address : listen_address_for(*known), {}, number};
    Result<std::vector<Change>> files = certificate_files(path, roster, server, authority, now);
    if (!files) return pass_on(files);
    for (Change& file : *files) changes.push_back(std::move(file));
  }
  return changes;
}

Unexpected<Error> has_no_tls(const std::string& folder, const Roster& roster) {
  std::string command = fmt::format("remaphore-fleet servers {} --tls", shell_path(folder));
  for (const std::string& url : with_tls(roster.servers)) command += " --server " + shell_word(url);
  return fail(Errc::kUsage,
              fmt::format("{} has no TLS; this gives it certificates: {}", display_path(folder), command));
}

void report_renewed(const Folder& folder, const std::vector<Change>& changes, Report& all) {
  std::vector<std::string> hub, copies;
  for (const Change& change : changes)
    (change.path.starts_with(folder.file("hub/")) ? hub : copies).push_back(change.path);
  all.files(
      "changed, copy each server's files to its machine if that reads copies, then kill -HUP the server (systemctl "
      "reload nats-server):",
      "changed", hub);
  all.files("changed, copy them to the nodes before the old authority expires:", "changed", copies);
}

}  // namespace

Result<ExitStatus> run_renew_tls(const Options& options) {
  const Result<Folder> folder = Folder::open(options.place);
  if (!folder) return pass_on(folder);
  Result<Roster> roster = folder->read_roster();
  if (!roster) return pass_on(roster);
  if (!roster->tls) return has_no_tls(without_slashes(options.place), *roster);
  Result<CertificateAndKey> authority = read_authority(*folder, *roster);
  if (!authority) return pass_on(authority);
  const std::int64_t now = unix_seconds();
  Result<std::vector<Change>> nodes = renew_authority(*folder, *roster, *authority, now);
  if (!nodes) return pass_on(nodes);
  Result<std::vector<Change>> changes =
      renew_servers(*folder, without_slashes(options.place), *roster, *authority, now);
  keys::wipe(authority->key);
  if (!changes) return pass_on(changes);
  for (Change& change : *nodes) changes->push_back(std::move(change));
  if (Result<void> good = check_writable(*folder, {"hub"}, *changes); !good) return pass_on(good);
  {
    const HeldSignals held;
    if (Result<void> written = apply(*changes); !written) return pass_on(written);
  }
  Report all(options.format);
  report_renewed(*folder, *changes, all);
  return all.end(ExitStatus::kOk);
}

}  // namespace remaphore::fleet
