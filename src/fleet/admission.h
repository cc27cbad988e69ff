// Admits nodes to a roster.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "core/keys.h"
#include "fleet/folder.h"
#include "fleet/roster.h"

namespace remaphore::fleet {

// Parses each NODE, gives it fresh keys (or the public key it made itself) and appends it to the roster. Errc::kUsage
// for a NODE that cannot be parsed, a NODE or key that is already in the roster, or more than kMaxNodes.
Result<std::vector<NewNode>> admit(Roster& roster, const std::vector<std::string>& nodes,
                                   const std::optional<PublicKey>& own_key);

// A public key as keygen printed it: base58 of 32 bytes, not of low order. Errc::kUsage.
Result<PublicKey> parse_public_key(const std::string& text);

}  // namespace remaphore::fleet
