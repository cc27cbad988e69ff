// UTF-8 as RFC 3629 defines it: no overlong forms, no surrogates, nothing beyond U+10FFFF.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace remaphore::utf8 {

// Bytes of the character at the front of `text`, 1 to 4; 0 if there is none: invalid, cut off or empty.
std::size_t character_size(std::string_view text);

// The code point of the character at the front of `text`, of the size that character_size() gives.
std::uint32_t code_point(std::string_view text, std::size_t size);

// Appends the character of this code point, which must not be a surrogate and is at most U+10FFFF.
void append(std::string& text, std::uint32_t code);

bool is_valid(std::string_view text);

// `text` without the byte order mark that some editors add.
std::string_view without_byte_order_mark(std::string_view text);

// Judged by its first two bytes: a UTF-16 byte order mark, or an ASCII character in UTF-16.
bool looks_like_utf16(std::string_view text);

}  // namespace remaphore::utf8
