// The inbox that receives answers to a node's own requests. The server grants it to this node's user only, since
// anyone who may subscribe to it can read the answers.
#pragma once

#include <string>

#include "core/keys.h"

namespace remaphore::nats {

// `_INBOX.<public key of the user, U…>`. Answers are subscribed to as `<prefix>.*`.
std::string inbox_prefix(const PublicKey& user);

}  // namespace remaphore::nats
