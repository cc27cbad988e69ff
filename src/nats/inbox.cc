#include "nats/inbox.h"

#include "nats/nkey.h"

namespace remaphore::nats {

std::string inbox_prefix(const PublicKey& user) { return "_INBOX." + encode_public(NkeyKind::kUser, user); }

}  // namespace remaphore::nats
