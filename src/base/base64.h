// Base64 of RFC 4648 (section 4), padded.
#pragma once

#include <string>
#include <string_view>

namespace remaphore {

std::string base64(std::string_view bytes);

}  // namespace remaphore
