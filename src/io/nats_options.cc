#include "io/nats_options.h"

namespace remaphore {

NatsServers nats_servers(const Config& config) {
  return {config.servers, tls_files(config), config.tls_first, config.announced_servers};
}

}  // namespace remaphore
