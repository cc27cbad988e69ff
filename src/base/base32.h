// Base32 of RFC 4648 (A-Z, 2-7) without padding: the text of NATS keys and token ids. Canonical only: upper case, no
// stray bits after the last byte.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace remaphore::base32 {

constexpr std::size_t text_length(std::size_t bytes) { return (bytes * 8 + 4) / 5; }

std::string encode(std::span<const std::uint8_t> bytes);

// True, with `out` filled, if `text` encodes exactly out.size() bytes; else false, and `out` may hold anything.
bool decode_exactly(std::string_view text, std::span<std::uint8_t> out);

}  // namespace remaphore::base32
