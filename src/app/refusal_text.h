// Why a message was not accepted, in words.
#pragma once

#include <string>
#include <string_view>

#include "core/trust.h"

namespace remaphore {

// " that claims to be from com.x", or nothing if no peer has the key.
std::string claimed_by(const Refusal& refusal);

// "its time is 12s behind our clock (allow_skew is 3s)" for RefusalCode::kSkew, else the refusal's reason.
std::string reason_of(const Refusal& refusal, Duration allow_skew);

// The message's fields, quoted: ` (verb "x" to "y", key "z")`; empty if it cannot be parsed.
std::string fields_of(std::string_view bytes);

}  // namespace remaphore
