#include <fmt/format.h>

#include <utility>
#include <vector>

#include "core/keys.h"
#include "fleet/authority.h"
#include "fleet/changes.h"
#include "fleet/commands.h"
#include "fleet/folder.h"
#include "fleet/held_signals.h"
#include "fleet/report.h"
#include "fleet/whole_file.h"

namespace remaphore::fleet {
namespace {

// The authority's new certificate, under the key that it has; nothing while the present one lasts.
Result<std::vector<Change>> renew_authority(const Folder& folder, Roster& roster, CertificateAndKey& authority,
                                            std::int64_t now) {
  std::vector<Change> changes;
  const Result<std::int64_t> expires = certificate_expiry(authority.certificate);
  if (!expires)
    return fail(expires.error().code, fmt::format("{}: {}", folder.file("hub/ca.pem"), expires.error().message));
  if (*expires - now > kAuthorityRenewed) return changes;
  Result<CertificateAndKey> renewed = new_authority(roster, now, authority.key);
  if (!renewed) return Unexpected(renewed.error());
  authority.certificate = roster.authority = renewed->certificate;
  keys::wipe(renewed->key);
  changes.emplace_back(folder.file("hub/ca.pem"), roster.authority);
  for (const RosterNode* node : roster.active())
    changes.emplace_back(folder.node(node->destination) + "/ca.pem", roster.authority);
  return changes;
}

}  // namespace

Result<int> run_renew_tls(const Options& options) {
  const Result<Folder> folder = Folder::open(options.folder);
  if (!folder) return Unexpected(folder.error());
  Result<Roster> roster = folder->read_roster();
  if (!roster) return Unexpected(roster.error());
  if (!roster->tls) return fail(Errc::kUsage, fmt::format("{} was made without --tls", options.folder));
  Result<CertificateAndKey> authority = read_authority(*folder, *roster);
  if (!authority) return Unexpected(authority.error());
  const std::int64_t now = now_in_seconds();
  Result<std::vector<Change>> nodes = renew_authority(*folder, *roster, *authority, now);
  if (!nodes) return Unexpected(nodes.error());
  Result<CertificateAndKey> server = server_certificate(*roster, *authority, now);
  keys::wipe(authority->key);
  if (!server) return Unexpected(server.error());
  std::vector<Change> changes;
  changes.emplace_back(folder->file("hub/server.pem"), server->certificate);
  changes.emplace_back(folder->file("hub/server.key"), std::move(server->key));
  for (Change& change : *nodes) changes.push_back(std::move(change));
  if (Result<void> good = check_writable(*folder, {"hub"}, changes); !good) return Unexpected(good.error());
  {
    const HeldSignals held;
    if (Result<void> written = apply(changes); !written) return Unexpected(written.error());
  }
  Report all(options.json);
  std::vector<std::string> hub, copies;
  for (const Change& change : changes)
    (change.path.starts_with(folder->file("hub/")) ? hub : copies).push_back(change.path);
  all.files(
      "changed, copy them to the server if that reads copies, then kill -HUP the server (systemctl reload "
      "nats-server):",
      "changed", hub);
  all.files("changed, copy them to the nodes before the old authority expires:", "changed", copies);
  return all.end(kDone);
}

}  // namespace remaphore::fleet
