// Base64 of RFC 4648: the standard alphabet with padding (section 4), as JetStream's answers have it, and the URL
// alphabet without padding (section 5), as tokens have it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace remaphore {

std::string base64(std::string_view bytes);
std::string base64url(std::string_view bytes);
std::string base64url(std::span<const std::uint8_t> bytes);

// Nothing for any other character, padding that is missing or misplaced (base64) or there at all (base64url), and an
// impossible length. Memory: three quarters of the text.
std::optional<std::string> decode_base64(std::string_view text);
std::optional<std::string> decode_base64url(std::string_view text);

}  // namespace remaphore
