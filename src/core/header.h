// Headers: names and values that accompany a payload on the bus. They are not signed: anyone who may publish can write
// any. A server may add its own.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/result.h"

namespace remaphore {

struct Header {
  std::string_view name, value;
};

namespace header {

inline constexpr std::size_t kMaxCount = 32;         // of one message
inline constexpr std::size_t kMaxBlockBytes = 4096;  // of all of them, as written

// Errc::kUsage unless the name is printable ASCII without blanks and colons, and the value has no control bytes but
// tabs and no blank at either end. An unchecked name or value could inject a header of its own.
Result<void> check(const Header& header);

}  // namespace header
}  // namespace remaphore
