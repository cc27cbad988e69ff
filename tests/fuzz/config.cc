// The text of a config file, in which the bytes 1 and 2 stand for a private key and its public key: what is accepted is
// within the documented ranges, and no error, warning or kept text holds the private key.

#include <algorithm>
#include <string>
#include <vector>

#include "core/config_parser.h"
#include "core/subject.h"
#include "fuzz/fuzz.h"

namespace remaphore {
namespace {

using fuzz::require;

constexpr std::size_t kGivenAway = 24;  // characters of a private key that no message may hold in a row: 17 bytes

bool is_verb_list(const VerbList& verbs) {
  const std::string_view text = verbs.text();
  return std::none_of(text.begin(), text.end(), [](char c) { return (c >= 'A' && c <= 'Z') || c == '[' || c == ']'; });
}

void check_error(const Error& error) {
  require(error.code == Errc::kConfig, "an error of a config is of the kind config");
  require(error.message.starts_with("x.conf:"), "an error names the file");
  require(fuzz::is_one_line(error.message), "an error is one line");
}

void check_values(const Config& config) {
  require(!config.servers.empty() && !config.credentials.empty() && !config.destination.empty(),
          "what is not optional is there");
  for (const ServerAddress& server : config.servers) {
    require(!server.host.empty() && server.host.size() <= 253 && server.port != 0, "a server has a host and a port");
    require(fuzz::is_one_line(server.display()), "a server can be shown");
    require(server.password.empty() || !server.user.empty(), "a password has a user");
  }
  require(subject::check(config.subject).has_value(), "the subject can be used");
  require(config.allow_skew.count() > 0, "allow_skew is positive");
  require(!config.identities.empty() && config.default_identity < config.identities.size(), "there is an identity");
  for (const Identity& identity : config.identities) {
    require(keys::to_base58(identity.secret_key.public_key()) == identity.public_key,
            "an identity's keys belong together");
    require(is_verb_list(identity.verbs), "verbs are lowercase");
  }
  for (const Peer& peer : config.peers.all()) {
    const auto key = keys::public_key_from_base58(peer.public_key);
    require(key && !keys::is_low_order(*key), "a peer's key is one");
    require(!peer.destination.empty() && is_verb_list(peer.verbs), "a peer has a destination, its verbs are lowercase");
    const Peer* found = config.peers.find(peer.public_key);
    require(found != nullptr && found <= &peer && found->public_key == peer.public_key, "a peer is found by its key");
  }
  require(config.warnings.size() <= kMaxConfigWarnings + 1, "warnings are bounded");
}

}  // namespace
}  // namespace remaphore

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace remaphore;
  static const SecretKey key = SecretKey::from_seed(std::array<std::uint8_t, 32>{1});
  static const std::string secret = key.to_base58(), open = keys::to_base58(key.public_key());

  const std::string template_text(fuzz::text_of(data, size));
  if (fuzz::gives_away(template_text, secret, 8)) return 0;  // only as a whole is it a private key
  const std::string text = fuzz::with_placeholder(fuzz::with_placeholder(template_text, 1, secret), 2, open);
  const auto config = parse_config(std::vector<char>(text.begin(), text.end()), "x.conf");
  if (!config) {
    check_error(config.error());
    fuzz::require(!fuzz::gives_away(config.error().message, secret, kGivenAway), "an error never holds a private key");
    return 0;
  }
  check_values(*config);
  for (const std::string& warning : config->warnings) {
    fuzz::require(fuzz::is_one_line(warning), "a warning is one line");
    fuzz::require(!fuzz::gives_away(warning, secret, kGivenAway), "a warning never holds a private key");
  }
  return 0;
}
