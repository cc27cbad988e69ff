// Becoming another user, to see with his rights what he will see.
#pragma once

#include <string>

#include "base/result.h"

namespace remaphore {

// `text` is USER or USER:GROUP, names or numbers: for good, with the supplementary groups of the user. Errc::kUsage if
// there is no such user or group, or if we are not root.
Result<void> become_user(const std::string& text);

}  // namespace remaphore
