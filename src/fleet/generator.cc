#include "fleet/generator.h"

#include <fmt/format.h>

#include "fleet/block.h"
#include "fleet/marked_lines.h"
#include "fleet/node.h"

namespace remaphore::fleet {

std::string identity_line(const SecretKey& key, const std::vector<std::string>& verbs) {
  std::string secret = key.to_base58();
  std::string line = fmt::format("{} {} [{}]", keys::to_base58(key.public_key()), secret, join(verbs, ","));
  keys::wipe(secret);
  return line;
}

std::string tls_ca_line(const Roster& roster) {
  return fmt::format("tls_ca: {}ca.pem\n", roster.prefix.empty() ? "" : roster.prefix + '/');
}

std::string node_config(const Roster& roster, const RosterNode& self, const SecretKey* key) {
  std::string text = fmt::format("# {} in a remaphore fleet.{}\n", self.destination,
                                 key != nullptr ? " Holds its private key: for this node alone." : "");
  // One line: readers need not know that keys may repeat.
  text += fmt::format("server: {}\n", join(roster.servers, ","));
  text += fmt::format("credentials: {}nats.creds\n", roster.prefix.empty() ? "" : roster.prefix + '/');
  text += fmt::format("subject: {}\ndestination: {}\ndefault_identity: {}\nallow_skew: 5s\n", roster.subject,
                      self.destination, keys::to_base58(self.key));
  if (roster.tls) text += tls_ca_line(roster);
  if (!roster.mixed) text += "require_bound_replies: yes\n";
  text += '\n' + settings_block(roster, self.destination) + "[ Identities ]\n";
  if (key != nullptr) {
    std::string line = identity_line(*key, self.verbs);
    text += line + '\n';
    keys::wipe(line);
  } else {
    text += fmt::format(
        "# Put the identity line that `remaphore-fleet keygen` printed on the node here:\n# {} PRIVATE-KEY [{}]\n",
        keys::to_base58(self.key), join(self.verbs, ","));
  }
  text += "\n[ Peers ]\n";
  return text + peers_block(roster, self.destination);
}

}  // namespace remaphore::fleet
