#include <fmt/format.h>

#include "base/byte_size.h"
#include "base/duration.h"
#include "base/redact.h"
#include "fleet/admission.h"
#include "fleet/authority.h"
#include "fleet/changes.h"
#include "fleet/commands.h"
#include "fleet/folder.h"
#include "fleet/held_signals.h"
#include "fleet/hub_servers.h"
#include "fleet/identity.h"
#include "fleet/node.h"
#include "fleet/report.h"
#include "fleet/retention_options.h"
#include "fleet/shell_word.h"
#include "fleet/staged_files.h"
#include "io/system_clock.h"

namespace remaphore::fleet {
namespace {

struct Plan {
  Roster roster;
  std::vector<ServerAddress> listen_addresses;  // of the servers, in their order
  std::vector<NewNode> nodes;
  std::optional<SecretKey> fleet_key;  // of the fleet's own identity
  CertificateAndKey authority;         // with --tls

  Plan() = default;
  Plan(Plan&&) = default;
  Plan& operator=(Plan&&) = delete;
  ~Plan() { keys::wipe(authority.key); }
};

Result<Plan> plan(const Options& options) {
  Plan plan;
  Result<std::vector<ServerAddress>> listen_addresses =
      take_servers(options.tls ? with_tls(options.servers) : options.servers, options.listen_addresses, plan.roster);
  if (!listen_addresses) return pass_on(listen_addresses);
  plan.listen_addresses = std::move(*listen_addresses);
  plan.roster.tls = options.tls;
  if (Result<void> good = check_subject(options.subject); !good) return pass_on(good);
  plan.roster.subject = options.subject;
  if (!options.prefix.empty()) {
    if (Result<void> good = check_prefix(options.prefix); !good) return pass_on(good);
    plan.roster.prefix = without_slashes(options.prefix);
  }
  plan.roster.mixed = options.mixed;
  if (Result<void> good = set_retention(options, plan.roster); !good) return pass_on(good);
  Result<std::vector<NewNode>> nodes = admit(plan.roster, options.operands, {});
  if (!nodes) return pass_on(nodes);
  plan.nodes = std::move(*nodes);
  plan.roster.serial = 1;
  Result<SecretKey> key = make_identity(plan.roster, options.fleet_name);
  if (!key) return pass_on(key);
  plan.fleet_key = std::move(*key);
  if (options.tls) {
    Result<CertificateAndKey> authority = new_authority(plan.roster, unix_seconds());
    if (!authority) return pass_on(authority);
    plan.authority = std::move(*authority);
    plan.roster.authority = plan.authority.certificate;
  }
  return plan;
}

Result<void> write_files(const std::vector<Change>& files) {
  for (const Change& file : files) {
    if (Result<void> written = write_new(file.path, file.text, file.fresh); !written) return written;
  }
  return {};
}

Result<void> write_server(const std::string& path, const Plan& plan, const FleetKeys& keys, const HubServer& server,
                          std::int64_t now) {
  if (server.tls) {
    const Result<std::vector<Change>> files = certificate_files(path, plan.roster, server, plan.authority, now);
    if (!files) return pass_on(files);
    if (Result<void> written = write_files(*files); !written) return written;
  }
  if (server.number > 1) {
    if (Result<void> made = make_folder(fmt::format("{}/hub/server-{}", path, server.number), kPublicFolder); !made)
      return made;
  }
  return write_new(fmt::format("{}/hub/{}", path, hub_config_name(server.number)),
                   hub_config(keys, plan.roster, server, now), hub_config_mode(server));
}

// `path` becomes `final_path` when the fleet is whole.
Result<void> write_fleet(const std::string& path, const std::string& final_path, const Plan& plan, std::int64_t now) {
  const FleetKeys keys = FleetKeys::generate();
  if (Result<void> written = write_keys(path + "/secrets", keys); !written) return written;
  if (Result<void> written = write_identity(path + "/secrets", *plan.fleet_key); !written) return written;
  if (Result<void> made = make_folder(path + "/hub", kPublicFolder); !made) return made;
  if (plan.roster.tls) {
    if (Result<void> written = write_files(authority_files(path, plan.authority)); !written) return written;
  }
  for (const HubServer& server : hub_servers(plan.roster, keys, plan.listen_addresses, final_path + "/hub")) {
    if (Result<void> written = write_server(path, plan, keys, server, now); !written) return written;
  }
  if (Result<void> made = make_folder(path + "/nodes", kNodeFolder); !made) return made;
  for (const NewNode& node : plan.nodes) {
    const std::string folder = path + "/nodes/" + node.entry.destination;
    if (Result<void> made = make_folder(folder, kNodeFolder); !made) return made;
    if (Result<void> written = write_node(folder, plan.roster, node, keys, now); !written) return written;
  }
  return write_new(path + "/roster", format_roster(plan.roster), kPublicFile);
}

// Whole or not at all; a signal before the last step leaves nothing.
Result<void> make_fleet(const std::string& folder, const Plan& plan) {
  const HeldSignals held;
  Result<StagedFolder> aside = StagedFolder::make(folder, kPublicFolder);
  if (!aside) return pass_on(aside);
  const std::string final_path = absolute_path(folder);
  if (Result<void> written = write_fleet(aside->path(), final_path, plan, unix_seconds()); !written) return written;
  if (held.waiting()) return fail(Errc::kRuntime, "interrupted");
  return aside->put_in_place();
}

Result<ExitStatus> tell(const Options& options, const std::string& folder, const Plan& plan) {
  Report all(options.format);
  std::vector<std::string> listen_addresses;
  for (const ServerAddress& listen_address : plan.listen_addresses)
    listen_addresses.push_back(listen_address.display());
  all.text(fmt::format("{}: {} node{}, {} on {}\n", folder, plan.nodes.size(), plan.nodes.size() == 1 ? "" : "s",
                       listen_addresses.size() == 1 ? "server listens" : "servers listen",
                       join(listen_addresses, ", ")));
  if (listen_addresses.size() == 2) all.text(kTwoServers);
  all.object(JsonObject()
                 .text("type", "fleet")
                 .text("folder", folder)
                 .text("listen", join(listen_addresses, ","))
                 .texts("nodes", configured(plan.roster))
                 .text("fleet_name", plan.roster.fleet->destination));
  if (plan.roster.retention.on()) {
    all.text(fmt::format("the server keeps messages for {}, at most {}\n", format_duration(*plan.roster.retention.age),
                         format_byte_size(plan.roster.retention.bytes)));
  }
  const ServerAddress& first = plan.listen_addresses.front();
  if (!plan.roster.tls && !first.tls && !is_loopback(first.host))
    all.text(
        "the server can be reached from other machines without TLS, so messages can be read on the way: see --tls\n");
  if (first.tls && !plan.roster.tls)
    all.text(fmt::format("the nodes require TLS: set the certificate in {}/hub/nats-server.conf\n", folder));
  if (plan.roster.mixed && plan.roster.prefix.empty())
    all.text("the Go tool looks for nats.creds in its current folder: --prefix DIR writes absolute paths\n");
  report_hubs(folder, plan.roster, all);
  report_copies(folder, plan.roster, "do the same for each node", all);
  return all.end(ExitStatus::kOk);
}

}  // namespace

Result<ExitStatus> run_init(const Options& options) {
  const std::string folder = without_slashes(options.place);
  if (exists(folder + "/roster")) {
    return fail(Errc::kUsage, fmt::format("{} already holds a fleet; remaphore-fleet add {} NODE adds to it", folder,
                                          shell_path(folder)));
  }
  const std::string name = folder.substr(folder.rfind('/') + 1);
  if (name.empty() || name == "." || name == "..") {
    return fail(Errc::kUsage, fmt::format("{}: not the name of a new folder", folder));
  }
  if (!exists(parent_of(folder)))
    return fail(Errc::kUsage,
                fmt::format("no folder {} to create {} in", display_path(parent_of(folder)), display_path(name)));
  const Result<Plan> planned = plan(options);
  if (!planned) return pass_on(planned);
  if (Result<void> made = make_fleet(folder, *planned); !made) return pass_on(made);
  return tell(options, folder, *planned);
}

}  // namespace remaphore::fleet
