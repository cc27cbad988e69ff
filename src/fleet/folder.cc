#include "fleet/folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/redact.h"
#include "fleet/fields.h"
#include "fleet/generator.h"
#include "fleet/staged_files.h"
#include "io/system_clock.h"
#include "nats/credentials.h"
#include "nats/nkey.h"

namespace remaphore::fleet {
namespace {

using nats::NkeyKind;

constexpr std::string_view kOperatorSeed = "operator.seed", kAccountSeed = "account.seed", kSystemSeed = "system.seed";
constexpr std::string_view kGroups = "groups";
constexpr std::size_t kMaxSeedFile = 4096;

Result<void> write_seed(const std::string& path, NkeyKind kind, const SecretKey& key) {
  std::string text = nats::encode_seed(kind, key) + '\n';
  Result<void> written = write_new(path, text, kSecretFile);
  keys::wipe(text);
  return written;
}

Result<SecretKey> read_seed(const std::string& path, NkeyKind kind) {
  Result<std::string> text = read_whole(path, kMaxSeedFile);
  if (!text) return pass_on(text);
  const std::size_t end = text->find_last_not_of(" \t\r\n");
  Result<SecretKey> key = nats::decode_seed(kind, std::string_view(*text).substr(0, end + 1));
  keys::wipe(*text);
  if (!key) return fail(Errc::kConfig, fmt::format("{}: {}", path, key.error().message));
  return key;
}

}  // namespace

Folder::Folder(std::string path, Descriptor lock) : path_(std::move(path)), lock_(std::move(lock)) {}

Result<Folder> Folder::open(const std::string& given) {
  const std::string path = without_slashes(given);
  const auto open_folder = [](const std::string& name) {
    return Descriptor(::open(name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  };
  const auto cannot_open = [](const std::string& name) {
    return fail(Errc::kUsage, fmt::format("cannot open {}: {}", display_path(name), std::strerror(errno)));
  };
  if (!open_folder(path)) return cannot_open(given);
  if (!exists(path + "/roster"))
    return fail(Errc::kUsage, fmt::format("{} holds no fleet: it has no roster", display_path(given)));
  // The lock is not on DIR, nor on any file that others may open: anyone who can open a file for reading can lock it.
  const std::string secrets = path + "/secrets";
  Descriptor lock = open_folder(secrets);
  if (!lock) return cannot_open(secrets);
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    return fail(Errc::kUsage, fmt::format("{} is being changed by another remaphore-fleet", given));
  }
  return Folder(path, std::move(lock));
}

std::string Folder::file(std::string_view name) const { return fmt::format("{}/{}", path_, name); }
std::string Folder::node(std::string_view destination) const { return fmt::format("{}/nodes/{}", path_, destination); }
std::string Folder::config(std::string_view destination) const { return node(destination) + "/remaphore.conf"; }

Result<Roster> Folder::read_roster() const {
  const Result<std::string> text = read_whole(file("roster"), kMaxRoster);
  if (!text) return pass_on(text);
  Result<Roster> roster = parse_roster(*text);
  if (!roster) return fail(Errc::kConfig, fmt::format("{}: {}", file("roster"), roster.error().message));
  if (roster->tls) {
    Result<std::string> authority = read_whole(file("hub/ca.pem"), kMaxPem);
    if (!authority) return pass_on(authority);
    roster->authority = std::move(*authority);
  }
  if (!exists(file(kGroups))) return roster;
  const Result<std::string> lines = read_whole(file(kGroups), kMaxRoster);
  if (!lines) return pass_on(lines);
  Result<Groups> groups = parse_groups(*lines);
  if (!groups) return fail(Errc::kConfig, fmt::format("{}: {}", file(kGroups), groups.error().message));
  roster->groups = std::move(*groups);
  return roster;
}

Result<void> Folder::write_roster(const Roster& roster) const {
  const std::string path = file("roster"), text = format_roster(roster);
  return rewrite({{path, text}});
}

Result<void> Folder::write_groups(const Groups& groups) const {
  const std::string path = file(kGroups), text = format_groups(groups);
  if (groups.all().empty() && !exists(path)) return {};
  return exists(path) ? rewrite({{path, text}}) : write_new(path, text, kPublicFile);
}

Result<FleetKeys> Folder::read_keys() const {
  Result<SecretKey> operator_key = read_seed(file(fmt::format("secrets/{}", kOperatorSeed)), NkeyKind::kOperator);
  if (!operator_key) return pass_on(operator_key);
  Result<SecretKey> account = read_seed(file(fmt::format("secrets/{}", kAccountSeed)), NkeyKind::kAccount);
  if (!account) return pass_on(account);
  Result<SecretKey> system = read_seed(file(fmt::format("secrets/{}", kSystemSeed)), NkeyKind::kAccount);
  if (!system) return pass_on(system);
  return FleetKeys{std::move(*operator_key), std::move(*account), std::move(*system)};
}

Result<void> write_keys(const std::string& path, const FleetKeys& keys) {
  if (Result<void> made = make_folder(path, kSecretFolder); !made) return made;
  const auto write = [&path](std::string_view name, NkeyKind kind, const SecretKey& key) {
    return write_seed(fmt::format("{}/{}", path, name), kind, key);
  };
  if (Result<void> written = write(kOperatorSeed, NkeyKind::kOperator, keys.operator_key); !written) return written;
  if (Result<void> written = write(kAccountSeed, NkeyKind::kAccount, keys.account); !written) return written;
  return write(kSystemSeed, NkeyKind::kAccount, keys.system);
}

Result<void> write_node(const std::string& path, const Roster& roster, const NewNode& node, const FleetKeys& keys,
                        std::int64_t now) {
  std::string config = node_config(roster, node.entry, node.key ? &*node.key : nullptr);
  Result<void> written = write_new(path + "/remaphore.conf", config, kNodeFile);
  keys::wipe(config);
  if (!written) return written;
  if (roster.tls) {
    if (written = write_new(path + "/ca.pem", roster.authority, kNodeFile); !written) return written;
  }
  std::string seed = nats::encode_seed(NkeyKind::kUser, node.user);
  std::string credentials = nats::format_credentials(user_token(keys, roster, node.entry, now), seed);
  written = write_new(path + "/nats.creds", credentials, kNodeFile);
  keys::wipe(seed);
  keys::wipe(credentials);
  return written;
}

}  // namespace remaphore::fleet
