// The NATS credentials file of a config.
#pragma once

#include <string>

#include "base/result.h"
#include "nats/credentials.h"

namespace remaphore {

// Errc::kConfig, naming the file. `warning`, if given, takes what is wrong with its permissions.
Result<nats::Credentials> read_credentials(const std::string& path, std::string* warning = nullptr);

}  // namespace remaphore
