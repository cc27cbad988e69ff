// The meaning of a server's -ERR. The texts are nats-server's; an unknown one ends the link.
#pragma once

#include <string>
#include <string_view>

namespace remaphore::nats {

enum class ServerError {
  kDenied,       // one subscription or publication is not permitted; the link stays
  kCredentials,  // it rejects our credentials; nothing was processed
  kLineTooLong,  // longer than its max_control_line; before the first PONG: the CONNECT, and nothing was processed
  kBusy,         // a limit or a timeout of its own; if it comes before the first PONG, nothing was processed
  kOther,
};

ServerError classify_error(std::string_view text);

// The subscription or publication that a kDenied names.
struct Denial {
  enum class Of { kUnknown, kSubscription, kPublication };
  Of of = Of::kUnknown;
  std::string subject = {};  // as quoted; empty if the text names none, or none of at most kMaxDeniedSubject bytes
};
inline constexpr std::size_t kMaxDeniedSubject = 1024;

// `Permissions Violation for Publish to "…"` and `… for Subscription to "…"`; any text may follow.
Denial parse_denial(std::string_view text);

}  // namespace remaphore::nats
