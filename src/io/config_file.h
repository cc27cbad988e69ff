// The config file, read, checked and with its paths resolved.
#pragma once

#include <string>

#include "base/deadline.h"
#include "base/result.h"
#include "core/config.h"

namespace remaphore {

// Errc::kConfig. Resolves the paths in it (credentials, tls_*): a relative one is looked up in the config's folder,
// then in the current one. Waits for a pipe until `deadline`, or 5 seconds.
Result<Config> read_config(const std::string& path, Deadline deadline);
Result<Config> read_config(const std::string& path);

}  // namespace remaphore
