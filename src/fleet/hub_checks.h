// The fleet's NATS server: where it is installed, and whether it may listen where its config says.
#pragma once

#include <string>

#include "base/result.h"
#include "core/server_address.h"

namespace remaphore::fleet {

// The path of nats-server. Errc::kUsage, naming Debian's package, if there is none.
Result<std::string> find_nats_server();

// The `listen` line that hub_config.h writes. Errc::kUsage if there is none, as after a manual edit.
Result<ServerAddress> read_listen_line(const std::string& config);

// Errc::kRuntime if another program listens there, naming it. nats-server itself reports any other obstacle.
Result<void> check_port_free(const ServerAddress& listen_address);

// Errc::kUsage if the config has a store_dir that does not exist or cannot be written.
Result<void> check_store(const std::string& config);

}  // namespace remaphore::fleet
