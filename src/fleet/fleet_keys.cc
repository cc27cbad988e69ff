#include "fleet/fleet_keys.h"

#include "nats/inbox.h"
#include "nats/nkey.h"

namespace remaphore::fleet {
namespace {

using nats::NkeyKind;

// Each of our keys is given to one node, once only, so all its tokens are refused whenever they were issued,
// also by a clock that ran ahead: the end of the year 9999.
constexpr std::int64_t kWheneverIssued = 253402300799;

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
  for (const RosterNode& member : roster.members) {
    if (member.revoked) revocations.push_back({member.user, kWheneverIssued});
  }
  return mint_account(keys.operator_key, keys.account.public_key(), "remaphore", revocations, stamp(now));
}

std::string user_token(const FleetKeys& keys, const RosterNode& member, std::string_view subject, std::int64_t now) {
  const Result<PublicKey> user = nats::decode_public(NkeyKind::kUser, member.user);  // aborts if it is none
  const std::string subjects = std::string(subject) + ".*";
  const std::string inbox = nats::inbox_prefix(*user) + ".*";
  return mint_user(keys.account, *user, member.destination, {{subjects}, {subjects, inbox}}, stamp(now));
}

}  // namespace remaphore::fleet
