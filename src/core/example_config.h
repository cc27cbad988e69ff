// What remaphore -C prints.
#pragma once

#include <string>

#include "core/keys.h"

namespace remaphore {

// A config with placeholders and `key` as its only identity. Holds the private key: for the user's eyes.
std::string example_config(const SecretKey& key);

}  // namespace remaphore
