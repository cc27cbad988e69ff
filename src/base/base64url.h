// Base64 with the URL alphabet of RFC 4648 (section 5) and without padding: tokens and the signature of a nonce.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace remaphore {

std::string base64url(std::span<const std::uint8_t> bytes);
std::string base64url(std::string_view bytes);

// Nothing for any other character, padding included, or an impossible length. Memory: three quarters of the text.
std::optional<std::string> decode_base64url(std::string_view text);

}  // namespace remaphore
