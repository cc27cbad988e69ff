#include <fmt/format.h>

#include <utility>

#include "base/redact.h"
#include "fleet/admission.h"
#include "fleet/applied.h"
#include "fleet/block.h"
#include "fleet/changes.h"
#include "fleet/commands.h"
#include "fleet/folder.h"
#include "fleet/generator.h"
#include "fleet/node.h"
#include "fleet/report.h"
#include "fleet/shell_word.h"
#include "fleet/staged_files.h"

namespace remaphore::fleet {
namespace {

// `config` edited, and wiped.
Result<std::string> edited(std::string config, std::optional<std::string> changed, const PublicKey& key) {
  keys::wipe(config);
  if (!changed)
    return fail(Errc::kConfig, fmt::format("no identity line with the public key {}", keys::to_base58(key)));
  return std::move(*changed);
}

std::string scp_step(const Folder& folder, const Roster& roster, const std::string& destination) {
  const std::string place = roster.prefix.empty() ? "/etc/remaphore" : roster.prefix;
  return fmt::format("scp {} {}", shell_path(folder.config(destination)),
                     shell_word(fmt::format("root@{}:{}/", destination, place)));
}

JsonObject object(const RosterNode& node, const char* step, const PublicKey& old) {
  JsonObject object;
  object.text("type", "rotation").text("destination", node.destination).text("step", step);
  object.text("public_key", keys::to_base58(node.key)).text("old_public_key", keys::to_base58(old));
  return object;
}

// The new key beside the old one, everywhere.
Result<ExitStatus> add_key(const Options& options, const Folder& folder, Roster& roster, RosterNode& node) {
  std::optional<SecretKey> secret;
  if (options.public_key.empty()) secret = SecretKey::generate();
  const Result<PublicKey> key = secret ? Result<PublicKey>(secret->public_key()) : parse_public_key(options.public_key);
  if (!key) return pass_on(key);
  if (roster.find(*key) != nullptr || roster.find_revoked(*key) != nullptr ||
      (roster.fleet && roster.fleet->key == *key))
    return fail(Errc::kUsage, "this public key is or was already in the fleet; a new one is needed");
  node.old_key = std::exchange(node.key, *key);
  node.rotated_at = roster.serial + 1;
  const auto edit = [&](std::string config, const RosterNode& one) -> Result<std::string> {
    if (one.destination != node.destination) return config;
    std::string line = secret ? identity_line(*secret, node.verbs)
                              : fmt::format("# {} PRIVATE-KEY [{}]", keys::to_base58(*key), join(node.verbs, ","));
    std::optional<std::string> changed = with_identity(config, *node.old_key, *key, line);
    keys::wipe(line);
    return edited(std::move(config), std::move(changed), *node.old_key);
  };
  const Result<std::vector<Change>> changes = update_all(folder, roster, edit);
  if (!changes) return pass_on(changes);

  Report all(options.format);
  all.object(object(node, "added", *node.old_key));
  report(options.place, *changes, all);
  all.text(
      fmt::format("{} signs with its old key until its new config is there; all others must know the new key first\n",
                  node.destination));
  if (!secret) all.text("put the identity line that keygen printed into its config, above that of the old key\n");
  all.next(scp_step(folder, roster, node.destination), "once all others have the new roster");
  all.next(fmt::format("remaphore-fleet publish {}", shell_path(options.place)), "shows that all have it");
  all.next(fmt::format("remaphore-fleet rotate {} {}", shell_path(options.place), shell_word(node.destination)),
           "then removes the old key");
  return all.end(ExitStatus::kOk);
}

// Checks for nodes that the removal of the old key would, as far as is known, cut off from `node`; and for `node`
// itself while it signs with that key. Errc::kUsage, naming them.
Result<void> check_applied(const Folder& folder, const Roster& roster, const RosterNode& node) {
  const Result<AppliedRosters> applied = read_applied(folder);
  if (!applied) return pass_on(applied);
  std::vector<std::string> missing;
  for (const RosterNode* one : roster.active()) {
    const auto found = applied->find(one->destination);
    const bool has_it = found != applied->end() && found->second.serial >= node.rotated_at;
    if (!has_it && !one->send_only) missing.push_back(one->destination);
  }
  const std::string how = fmt::format("remaphore-fleet publish {}; --force removes the old key anyway",
                                      shell_path(parent_of(folder.file("roster"))));
  if (!missing.empty())
    return fail(Errc::kUsage, fmt::format("not known to have the new key: {}: {}", join(missing, ", "), how));
  const auto own = applied->find(node.destination);
  if (own != applied->end() && own->second.public_key != keys::to_base58(node.key)) {
    return fail(Errc::kUsage, fmt::format("{} last answered with its old key: copy its new config to it, then {}",
                                          node.destination, how));
  }
  return {};
}

Result<ExitStatus> remove_key(const Options& options, const Folder& folder, Roster& roster, RosterNode& node) {
  if (!options.public_key.empty()) return fail(Errc::kUsage, fmt::format("{} already has a new key", node.destination));
  if (!options.force) {
    if (Result<void> good = check_applied(folder, roster, node); !good) return pass_on(good);
  }
  const PublicKey old = *std::exchange(node.old_key, std::nullopt);
  node.rotated_at = 0;
  node.retired.push_back(old);
  const auto edit = [&](std::string config, const RosterNode& one) -> Result<std::string> {
    if (one.destination != node.destination) return config;
    std::optional<std::string> changed = without_identity(config, old);
    if (!changed) return config;  // somebody has removed it already
    return edited(std::move(config), std::move(changed), old);
  };
  const Result<std::vector<Change>> changes = update_all(folder, roster, edit);
  if (!changes) return pass_on(changes);
  Report all(options.format);
  all.object(object(node, "removed", old));
  all.text(fmt::format("the old key of {} is no longer valid, {}\n", node.destination, keys::to_base58(old)));
  report(options.place, *changes, all);
  all.next(scp_step(folder, roster, node.destination), "so that it also forgets its old key");
  return all.end(ExitStatus::kOk);
}

}  // namespace

Result<ExitStatus> run_rotate(const Options& options) {
  const Result<Folder> folder = Folder::open(options.place);
  if (!folder) return pass_on(folder);
  Result<Roster> roster = folder->read_roster();
  if (!roster) return pass_on(roster);
  RosterNode* node = roster->find(options.operands.front());
  if (node == nullptr)
    return fail(Errc::kUsage, fmt::format("{} is not in the fleet", quote_redacted(options.operands.front())));
  return node->old_key ? remove_key(options, *folder, *roster, *node) : add_key(options, *folder, *roster, *node);
}

}  // namespace remaphore::fleet
