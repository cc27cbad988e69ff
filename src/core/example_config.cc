#include "core/example_config.h"

#include <fmt/format.h>

namespace remaphore {

std::string example_config(const SecretKey& key) {
  const std::string public_key = keys::to_base58(key.public_key());
  std::string secret_key = key.to_base58();
  std::string text = fmt::format(
      R"(server: nats://natsserver:4222
credentials: /path/to/credentials/file
subject: remaphore
default_identity: {0}
destination: all
allow_skew: 5s

[ Identities ]
{0} {1} [ping]

[ Peers ]
)",
      public_key, secret_key);
  keys::wipe(secret_key);
  return text;
}

}  // namespace remaphore
