// Base58 with the Bitcoin alphabet and no checksum: each leading '1' stands for one leading zero byte.
// Written here because Debian packages no library for it. The mapping is a bijection between texts and byte strings,
// so equal bytes mean equal text. Cost grows with the square of the length: callers bound it first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace remaphore::base58 {

inline constexpr std::size_t kMaxBytes = 128;  // the longest byte string that decode produces or encode takes

// `bytes` at most kMaxBytes, else abort.
std::string encode(std::span<const std::uint8_t> bytes);

// Errc::kFormat for a character outside the alphabet or more than kMaxBytes bytes.
Result<std::vector<std::uint8_t>> decode(std::string_view text);

// True, with `out` filled, if `text` encodes exactly out.size() bytes (at most kMaxBytes); else false. No allocation.
bool decode_exactly(std::string_view text, std::span<std::uint8_t> out);

}  // namespace remaphore::base58
