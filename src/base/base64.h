// Base64 of RFC 4648: the standard alphabet with padding (section 4), used by JetStream's answers, and the URL
// alphabet without padding (section 5), used by tokens.
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

// nullopt for any other character, for padding that is missing or misplaced (base64) or present (base64url), and for an
// impossible length. Memory: three quarters of the text.
std::optional<std::string> decode_base64(std::string_view text);
std::optional<std::string> decode_base64url(std::string_view text);

}  // namespace remaphore
