// Where answers to a node's own requests come: an inbox that the server grants to this node's user and to nobody else,
// since whoever may subscribe to it reads the answers.
#pragma once

#include <string>

#include "core/keys.h"

namespace remaphore::nats {

// `_INBOX.<public key of the user, U…>`. Answers are subscribed to as `<prefix>.*`.
std::string inbox_prefix(const PublicKey& user);

}  // namespace remaphore::nats
