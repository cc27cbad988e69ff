// The text of a published roster, in which the byte 1 stands for a public key that nobody else has: what is accepted
// has one spelling, and changes nothing in a config but its peers, groups and send_only.

#include <string>
#include <vector>

#include "core/config_parser.h"
#include "fleet/block.h"
#include "fleet/generator.h"
#include "fleet/published.h"
#include "fuzz/fuzz.h"

namespace remaphore::fleet {
namespace {

using fuzz::require;

Result<Config> parsed(const std::string& text) { return parse_config({text.begin(), text.end()}, "x.conf"); }

// A config that has never had a roster, of a node that is in none.
const std::string& plain_config() {
  static const std::string text = [] {
    Roster roster;
    roster.servers = {"nats://a:4222"};
    const SecretKey key = SecretKey::from_seed(std::array<std::uint8_t, 32>{7});
    return node_config(roster, {"com.self", key.public_key(), {}, {"ping"}, std::nullopt}, &key);
  }();
  return text;
}

void check_config(const Roster& roster) {
  const Result<std::string> text = with_peers(plain_config(), roster, "com.self");
  require(text.has_value(), "a roster can be applied");
  const Result<Config> before = parsed(plain_config()), after = parsed(*text);
  require(after.has_value(), "what a roster makes is a config");
  require(after->warnings.empty(), "and none that anything is wrong with");
  require(after->destination == before->destination && after->servers.size() == before->servers.size() &&
              after->credentials == before->credentials && after->identities.size() == 1 &&
              after->identities.front().public_key == before->identities.front().public_key,
          "a roster changes no setting and no identity");
  std::size_t lines = 1;  // of the fleet itself
  for (const RosterNode* node : roster.active()) {
    if (node->destination != "com.self") lines += node->old_key ? 2 : 1;
  }
  require(after->peers.all().size() == lines, "its peers are those of the roster");
  require(after->groups.all().size() == roster.groups.all().size(), "its groups are those of the roster");
  const Result<BlockOrigin> origin = read_origin(*text);
  require(origin && origin->serial == roster.serial && origin->fleet && origin->fleet->key == roster.fleet->key,
          "a config says which roster it has");
  require(with_peers(*text, Roster(), "com.self").has_value(), "its block can be replaced");
}

}  // namespace
}  // namespace remaphore::fleet

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace remaphore;
  static const std::string key = keys::to_base58(SecretKey::from_seed(std::array<std::uint8_t, 32>{1}).public_key());
  const std::string text = fuzz::with_placeholder(std::string(fuzz::text_of(data, size)), 1, key);
  const Result<fleet::Published> roster = fleet::parse_published(text);
  if (!roster) {
    fuzz::require(roster.error().code == Errc::kUsage || roster.error().code == Errc::kConfig, "an error of the input");
    return 0;
  }
  fuzz::require(fleet::format_published(roster->roster, roster->time) == text, "a roster has one spelling");
  fleet::check_config(roster->roster);
  return 0;
}
