// What a server's -ERR means for us. The texts are nats-server's; an unknown one ends the link.
#pragma once

#include <string_view>

namespace remaphore::nats {

enum class ServerError {
  kDenied,       // one subscription or publication is not permitted; the link stays
  kCredentials,  // it does not accept who we are; nothing was processed
  kBusy,         // a limit or a timeout of its own; if it comes before the first PONG, nothing was processed
  kOther,
};

ServerError classify_error(std::string_view text);

}  // namespace remaphore::nats
