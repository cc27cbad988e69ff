// Becoming another user, to test with that user's permissions.
#pragma once

#include <string>

#include "base/result.h"

namespace remaphore {

// `text` is USER or USER:GROUP, names or numbers. Permanent, with the user's supplementary groups. Errc::kUsage if
// there is no such user or group, or if we are not root.
Result<void> become_user(const std::string& text);

}  // namespace remaphore
