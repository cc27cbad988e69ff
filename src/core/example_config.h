// The config that remaphore -C prints.
#pragma once

#include <string>

#include "core/keys.h"

namespace remaphore {

// A config with placeholders and `key` as its only identity. Holds the private key: show it to the user only.
std::string example_config(const SecretKey& key);

}  // namespace remaphore
