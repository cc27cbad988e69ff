#include <fmt/format.h>
#include <unistd.h>

#include "base/json_text.h"
#include "fleet/block.h"
#include "fleet/commands.h"
#include "fleet/generator.h"
#include "fleet/node.h"
#include "fleet/shell_word.h"
#include "io/stdout_writer.h"

namespace remaphore::fleet {
namespace {

Result<ExitStatus> print_object(const NodeSpec& node, const SecretKey& key) {
  std::string secret = key.to_base58();
  JsonObject object;
  object.text("type", "identity").text("destination", node.destination);
  object.text("public_key", keys::to_base58(key.public_key())).text("private_key", secret).texts("verbs", node.verbs);
  keys::wipe(secret);
  std::string line = object.line();
  Result<void> printed = print(line);
  keys::wipe(line);
  if (!printed) return pass_on(printed);
  return ExitStatus::kOk;
}

}  // namespace

Result<ExitStatus> run_keygen(const Options& options) {
  NodeSpec node{"", {"ping"}};
  if (!options.operands.empty()) {
    Result<NodeSpec> parsed = parse_node(options.operands.front());
    if (!parsed) return pass_on(parsed);
    node = std::move(*parsed);
  }
  const SecretKey key = SecretKey::generate();
  if (options.format == OutputFormat::kJson) return print_object(node, key);
  const std::string who = node.destination.empty() ? "the node" : node.destination;
  std::string text = identity_line(key, node.verbs);
  std::string shown = fmt::format("# for [ Identities ] in the config of {}, and nowhere else:\n{}\n", who, text);
  keys::wipe(text);
  if (!node.destination.empty()) {
    shown += fmt::format(
        "# for [ Peers ] in the configs of the others, or remaphore-fleet add DIR {} --public-key {}:\n{}\n",
        shell_word(options.operands.front()), keys::to_base58(key.public_key()),
        peer_line(node.destination, key.public_key(), node.verbs));
  }
  Result<void> printed = print(shown);
  keys::wipe(shown);
  if (!printed) return pass_on(printed);
  return ExitStatus::kOk;
}

}  // namespace remaphore::fleet
