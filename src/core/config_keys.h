// The "key: value" lines of a config: one table of keys. A new key is a row here and a member of Config.
#pragma once

#include <string_view>

#include "base/result.h"
#include "core/config.h"

namespace remaphore {

// Stores non-empty `value` under `key`, whose case does not matter. False: unknown key. Errc::kConfig
// for a malformed value, naming the key; the value is quoted redacted.
Result<bool> set_config_key(Config& config, std::string_view key, std::string_view value);

}  // namespace remaphore
