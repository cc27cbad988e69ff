#include "fleet/admission.h"

#include <fmt/format.h>

#include "base/redact.h"
#include "fleet/node.h"
#include "nats/nkey.h"

namespace remaphore::fleet {
namespace {

NewNode make_node(NodeSpec spec, const std::optional<PublicKey>& own_key) {
  NewNode node{
      {std::move(spec.destination), {}, {}, std::move(spec.verbs), std::nullopt}, std::nullopt, SecretKey::generate()};
  node.entry.send_only = spec.send_only;
  if (!own_key) node.key = SecretKey::generate();
  node.entry.key = own_key ? *own_key : node.key->public_key();
  node.entry.user = nats::encode_public(nats::NkeyKind::kUser, node.user.public_key());
  return node;
}

}  // namespace

Result<std::vector<NewNode>> admit(Roster& roster, const std::vector<std::string>& nodes,
                                   const std::optional<PublicKey>& own_key) {
  if (roster.active().size() + nodes.size() > kMaxNodes) {
    return fail(Errc::kUsage, fmt::format("a fleet holds at most {} nodes", kMaxNodes));
  }
  std::vector<NewNode> added;
  for (const std::string& text : nodes) {
    Result<NodeSpec> spec = parse_node(text);
    if (!spec) return pass_on(spec);
    if (roster.find(spec->destination) != nullptr) {
      return fail(Errc::kUsage, fmt::format("{} is already in the fleet", spec->destination));
    }
    if (roster.fleet && roster.fleet->destination == spec->destination) {
      return fail(Errc::kUsage, fmt::format("{} is the name of the fleet itself", spec->destination));
    }
    added.push_back(make_node(std::move(*spec), own_key));
    const RosterNode& entry = added.back().entry;
    if (roster.fleet && roster.fleet->key == entry.key)
      return fail(Errc::kUsage, "this is the public key of the fleet itself; every node needs its own");
    if (const RosterNode* other = roster.find(entry.key); other != nullptr) {
      return fail(Errc::kUsage,
                  fmt::format("{} already has this public key; every node needs its own", other->destination));
    }
    if (const RosterNode* revoked = roster.find_revoked(entry.key); revoked != nullptr) {
      return fail(Errc::kUsage, fmt::format("this public key was revoked, as {}; the node must generate a new one",
                                            revoked->destination));
    }
    roster.nodes.push_back(entry);
  }
  return added;
}

Result<PublicKey> parse_public_key(const std::string& text) {
  const Result<PublicKey> key = keys::public_key_from_base58(text);
  // A private key pasted by mistake must not come back in an error.
  const std::string shown = text.size() > kMaxPublicKeyText ? "it is too long" : quote_redacted(text);
  if (!key) return fail(Errc::kUsage, fmt::format("not a public key as keygen prints it: {}", shown));
  if (keys::is_low_order(*key))
    return fail(Errc::kUsage, fmt::format("{} is a key of low order: anybody could sign for it", shown));
  return *key;
}

}  // namespace remaphore::fleet
