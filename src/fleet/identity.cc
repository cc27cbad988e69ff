#include "fleet/identity.h"

#include <fmt/format.h>

#include "base/text.h"
#include "fleet/generator.h"
#include "fleet/node.h"
#include "fleet/staged_files.h"

namespace remaphore::fleet {
namespace {

constexpr std::string_view kName = "fleet", kFile = "fleet.key";
constexpr std::size_t kMaxFile = 4096;

// "com.x.a" and "com.x.b" -> "com.x."; the last part of a name is never common.
std::string common_prefix(const Roster& roster) {
  std::optional<std::string> prefix;
  for (const RosterNode* node : roster.active()) {
    std::string_view name = node->destination;
    name = name.substr(0, name.rfind('.') == name.npos ? 0 : name.rfind('.') + 1);
    if (!prefix) prefix = name;
    while (!name.starts_with(*prefix)) {
      prefix->pop_back();
      prefix->resize(prefix->rfind('.') == prefix->npos ? 0 : prefix->rfind('.') + 1);
    }
  }
  return prefix.value_or("");
}

std::string identity_path(const Folder& folder) { return folder.file(fmt::format("secrets/{}", kFile)); }

Result<SecretKey> read_file(const Folder& folder) {
  Result<std::string> text = read_whole(identity_path(folder), kMaxFile);
  if (!text) return pass_on(text);
  std::string_view rest = *text;
  take_word(rest);
  Result<SecretKey> key = SecretKey::from_base58(take_word(rest));
  keys::wipe(*text);
  if (!key) return fail(Errc::kConfig, fmt::format("{}: {}", identity_path(folder), key.error().message));
  return key;
}

}  // namespace

std::string fleet_name_for(const Roster& roster) {
  const std::string first = common_prefix(roster) + std::string(kName);
  std::string name = first;
  for (int number = 2; roster.find(name) != nullptr || name.size() > kMaxNodeName; ++number) {
    name = fmt::format("{}{}", first.size() > kMaxNodeName ? std::string(kName) : first, number);
  }
  return name;
}

Result<SecretKey> make_identity(Roster& roster, const std::string& name) {
  const std::string destination = name.empty() ? fleet_name_for(roster) : name;
  if (Result<void> good = check_destination(destination); !good) return pass_on(good);
  if (roster.find(destination) != nullptr) {
    return fail(Errc::kUsage,
                fmt::format("--fleet-name: {} is a node; the fleet needs a name of its own", destination));
  }
  SecretKey key = SecretKey::generate();
  roster.fleet = FleetIdentity{destination, key.public_key()};
  return key;
}

Result<void> write_identity(const std::string& secrets, const SecretKey& key) {
  std::string line = identity_line(key, {std::string(kRosterVerb)});
  line += '\n';
  Result<void> written = write_new(fmt::format("{}/{}", secrets, kFile), line, kSecretFile);
  keys::wipe(line);
  return written;
}

Result<SecretKey> read_identity(const Folder& folder, const Roster& roster) {
  Result<SecretKey> key = read_file(folder);
  if (key && (!roster.fleet || key->public_key() != roster.fleet->key))
    return fail(Errc::kConfig, fmt::format("{} contains a key that differs from the roster's", identity_path(folder)));
  return key;
}

Result<void> ensure_identity(const Folder& folder, Roster& roster) {
  if (roster.fleet) return {};
  if (exists(identity_path(folder))) {  // of a change that was interrupted
    const Result<SecretKey> key = read_file(folder);
    if (!key) return pass_on(key);
    roster.fleet = FleetIdentity{fleet_name_for(roster), key->public_key()};
    return {};
  }
  const Result<SecretKey> key = make_identity(roster, {});
  if (!key) return pass_on(key);
  return write_identity(folder.file("secrets"), *key);
}

}  // namespace remaphore::fleet
