// NATS subjects, where messages and replies are published. They only route; they are not a security boundary
// (doc/security.md).
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "core/keys.h"

namespace remaphore::subject {

inline constexpr std::size_t kMaxBytes = 512;  // of a subject; far below the server's control line limit of 4096

// Errc::kUsage, quoting the text, unless it is dot-separated non-empty tokens without blanks, control bytes or
// wildcards. An unchecked subject could inject an argument into the NATS protocol, or catch replies.
Result<void> check(std::string_view subject);

// <subject>.<last>; both have passed check().
std::string broadcast(std::string_view subject, std::string_view last);

// <subject>.<64 lowercase hex digits of the request's hash>.
std::string reply(std::string_view subject, const Digest& request_hash);

}  // namespace remaphore::subject
