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

std::string node_config(const Roster& roster, const RosterNode& self, const SecretKey* key) {
  std::string text = fmt::format("# {} in a remaphore fleet.{}\n", self.destination,
                                 key != nullptr ? " Holds its private key: for this node alone." : "");
  // One line: readers need not know that keys may repeat.
  text += fmt::format("server: {}\n", join(roster.servers, ","));
  text += fmt::format("credentials: {}nats.creds\n", roster.prefix.empty() ? "" : roster.prefix + '/');
  text += fmt::format("subject: {}\ndestination: {}\ndefault_identity: {}\nallow_skew: 5s\n", roster.subject,
                      self.destination, keys::to_base58(self.key));
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

std::string hub_config(const FleetKeys& keys, const Roster& roster, const ServerAddress& listener, std::int64_t now) {
  std::string text =
      "# The server of a remaphore fleet. In the foreground: remaphore-fleet hub DIR. As the service of Debian's\n"
      "# package nats-server: copy it to /etc/nats-server.conf, then systemctl restart nats-server.\n";
  text += fmt::format("listen: \"{}\"\n", listener.display());
  if (listener.tls) {
    text +=
        "# The nodes ask for TLS:\n# tls { cert_file: \"/path/to/certificate.pem\", key_file: \"/path/to/key.pem\" }\n";
  }
  text += fmt::format(
      "\n# Nodes log in with tokens that the account signed. A new node changes nothing here; remaphore-fleet revoke\n"
      "# replaces the token of the account {}.\n"
      "operator: {}\nresolver: MEMORY\nresolver_preload: {{\n  {}: {}\n  {}: {}\n}}\n",
      keys.account_public(), operator_token(keys, now), keys.system_public(), system_token(keys, now),
      keys.account_public(), account_token(keys, roster, now));
  return text;
}

Result<std::string> with_account(std::string_view config, std::string_view account, std::string_view token) {
  const Lines line = find_lines(config, account, account);
  if (!line.exactly_one) {
    return fail(Errc::kConfig, fmt::format("not exactly one line that starts with the account {}", account));
  }
  return replace_lines(config, line, fmt::format("  {}: {}\n", account, token));
}

}  // namespace remaphore::fleet
