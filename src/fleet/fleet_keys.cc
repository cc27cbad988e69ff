#include "fleet/fleet_keys.h"

#include <fmt/format.h>

#include <array>

#include "jetstream/request.h"
#include "nats/inbox.h"
#include "nats/nkey.h"

namespace remaphore::fleet {
namespace {

using nats::NkeyKind;

// Each of our keys is given to one node, once only, so all its tokens are refused whenever they were issued,
// also by a clock that ran ahead: the end of the year 9999.
constexpr std::int64_t kWheneverIssued = 253402300799;

constexpr std::int64_t kProvisionSeconds = 3600;

std::string api_subject(std::string_view request, std::string_view stream) {
  return fmt::format("$JS.API.STREAM.{}.{}", request, stream);
}

// The names of the fleet's streams, even if it keeps nothing.
std::array<std::string, 2> stream_names(const Roster& roster) {
  return {jetstream::stream_name(roster.subject), jetstream::lock_stream_name(roster.subject)};
}

}  // namespace

FleetKeys FleetKeys::generate() {
  return FleetKeys{SecretKey::generate(), SecretKey::generate(), SecretKey::generate()};
}

std::string FleetKeys::account_public() const { return encode_public(NkeyKind::kAccount, account.public_key()); }
std::string FleetKeys::system_public() const { return encode_public(NkeyKind::kAccount, system.public_key()); }

nats::Stamp stamp(std::int64_t now) {
  nats::Stamp stamp{now, std::nullopt, {}};
  keys::random_bytes(stamp.id);
  return stamp;
}

std::string operator_token(const FleetKeys& keys, std::int64_t now) {
  return mint_operator(keys.operator_key, "remaphore", keys.system_public(), stamp(now));
}

std::string system_token(const FleetKeys& keys, std::int64_t now) {
  return mint_account(keys.operator_key, keys.system.public_key(), "system", {}, stamp(now));
}

std::string account_token(const FleetKeys& keys, const Roster& roster, std::int64_t now) {
  std::vector<nats::Revocation> revocations;
  for (const RosterNode& node : roster.nodes) {
    if (node.revoked) revocations.push_back({node.user, kWheneverIssued});
  }
  return mint_account(keys.operator_key, keys.account.public_key(), "remaphore", revocations, stamp(now),
                      roster.retention.on() ? nats::Streams::kAllowed : nats::Streams::kNone);
}

nats::Permissions permissions_of(const Roster& roster, const RosterNode& node) {
  const Result<PublicKey> user = nats::decode_public(NkeyKind::kUser, node.user);  // aborts if it is not a user key
  nats::Permissions permissions{{roster.subject + ".*"}, {roster.subject + ".*"}};
  if (roster.retention.on()) {
    const std::string locks = roster.subject + ".lock.>";
    permissions.publish.push_back(locks);
    for (const std::string& stream : stream_names(roster)) {
      permissions.publish.push_back(api_subject("INFO", stream));
      permissions.publish.push_back(api_subject("MSG.GET", stream));
    }
    permissions.subscribe.push_back(locks);
  }
  permissions.subscribe.push_back(nats::inbox_prefix(*user) + ".*");
  return permissions;
}

std::string user_token(const FleetKeys& keys, const Roster& roster, const RosterNode& node, std::int64_t now) {
  const Result<PublicKey> user = nats::decode_public(NkeyKind::kUser, node.user);  // aborts if it is not a user key
  return mint_user(keys.account, *user, node.destination, permissions_of(roster, node), stamp(now));
}

nats::Credentials provision_credentials(const FleetKeys& keys, const Roster& roster, std::int64_t now) {
  SecretKey user = SecretKey::generate();
  nats::Permissions permissions{{}, {nats::inbox_prefix(user.public_key()) + ".*"}};
  for (const std::string& stream : stream_names(roster)) {
    for (const char* request : {"CREATE", "UPDATE", "INFO"})
      permissions.publish.push_back(api_subject(request, stream));
  }
  nats::Stamp hour = stamp(now);
  hour.expires = now + kProvisionSeconds;
  std::string token = mint_user(keys.account, user.public_key(), "provision", permissions, hour);
  return {std::move(token), std::move(user)};
}

}  // namespace remaphore::fleet
