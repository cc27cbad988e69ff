#include "fleet/fleet_node.h"

#include <string>
#include <utility>

#include "core/config_parser.h"
#include "fleet/folder.h"
#include "fleet/generator.h"
#include "io/system_clock.h"
#include "jetstream/request.h"
#include "nats/inbox.h"

namespace remaphore::fleet {
namespace {

constexpr std::int64_t kCredentialsLast = 3600;  // seconds

}  // namespace

Result<Config> fleet_config(const Roster& roster, const SecretKey& key) {
  const RosterNode self{roster.fleet->destination, roster.fleet->key, {}, {std::string(kRosterVerb)}, std::nullopt};
  std::string text = node_config(roster, self, &key);
  Result<Config> config = parse_config({text.begin(), text.end()}, "the fleet's config");
  keys::wipe(text);
  if (config) config->credentials = "the fleet's own credentials";
  return config;
}

nats::Credentials publisher_credentials(const FleetKeys& keys, const Roster& roster) {
  const std::string& subject = roster.subject;
  SecretKey user = SecretKey::generate();
  const std::string subjects = subject + ".*";
  const nats::Permissions permissions{{subjects, jetstream::stream_info(jetstream::stream_name(subject)).subject},
                                      {subjects, nats::inbox_prefix(user.public_key()) + ".*"}};
  const std::int64_t now = unix_seconds();
  nats::Stamp hour = stamp(now);
  hour.expires = now + kCredentialsLast;
  std::string token = mint_user(keys.account, user.public_key(), "roster", permissions, hour);
  return {std::move(token), std::move(user)};
}

}  // namespace remaphore::fleet
