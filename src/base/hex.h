// Lowercase hexadecimal, two digits a byte.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace remaphore::hex {

std::string encode(std::span<const std::uint8_t> bytes);

// True and `out` filled if `text` is exactly 2 * out.size() lowercase digits.
bool decode_exactly(std::string_view text, std::span<std::uint8_t> out);

// The value of one lowercase digit, or -1.
int digit(char c);

}  // namespace remaphore::hex
