#include "base/base64.h"

#include <array>
#include <utility>

namespace remaphore {
namespace {

struct Alphabet {
  char of_62, of_63;

  constexpr char letter(std::uint32_t digit) const {
    if (digit < 26) return static_cast<char>('A' + digit);
    if (digit < 52) return static_cast<char>('a' + (digit - 26));
    if (digit < 62) return static_cast<char>('0' + (digit - 52));
    return digit == 62 ? of_62 : of_63;
  }
};
constexpr Alphabet kStandard{'+', '/'}, kUrl{'-', '_'};

// The digit of each byte, 0 to 63, or -1.
using Digits = std::array<std::int8_t, 256>;
constexpr Digits digits_of(Alphabet alphabet) {
  Digits digits{};
  digits.fill(-1);
  for (std::uint32_t n = 0; n < 64; ++n) {
    digits[static_cast<unsigned char>(alphabet.letter(n))] = static_cast<std::int8_t>(n);
  }
  return digits;
}
constexpr Digits kStandardDigits = digits_of(kStandard), kUrlDigits = digits_of(kUrl);

std::string encode(std::string_view bytes, Alphabet alphabet) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  std::uint32_t pending = 0;
  unsigned bits = 0;
  for (const char byte : bytes) {
    pending = (pending << 8 | static_cast<unsigned char>(byte)) & 0x3fff;
    for (bits += 8; bits >= 6; bits -= 6) text.push_back(alphabet.letter(pending >> (bits - 6) & 63));
  }
  if (bits > 0) text.push_back(alphabet.letter(pending << (6 - bits) & 63));
  return text;
}

std::optional<std::string> decode(std::string_view text, const Digits& digits) {
  if (text.size() % 4 == 1) return std::nullopt;
  std::string bytes(text.size() / 4 * 3 + text.size() % 4 * 3 / 4, '\0');
  char* out = bytes.data();
  std::uint32_t any = 0;  // beyond 24 bits once one of the digits is -1
  const auto digit = [&](std::size_t i) {
    return static_cast<std::uint32_t>(int{digits[static_cast<unsigned char>(text[i])]});
  };
  std::size_t i = 0;
  for (; text.size() - i > 4; i += 4, out += 3) {
    const std::uint32_t three = digit(i) << 18 | digit(i + 1) << 12 | digit(i + 2) << 6 | digit(i + 3);
    any |= three;
    // Four at once are one instruction; the next three overwrite the last of them.
    out[0] = static_cast<char>(three >> 16);
    out[1] = static_cast<char>(three >> 8);
    out[2] = static_cast<char>(three);
    out[3] = 0;
  }
  std::uint32_t last = 0;
  for (unsigned shift = 18; i < text.size(); ++i, shift -= 6) last |= digit(i) << shift;
  any |= last;
  for (unsigned shift = 16; out != bytes.data() + bytes.size(); shift -= 8) {
    *out++ = static_cast<char>(last >> shift & 0xff);
  }
  return any >> 24 != 0 ? std::nullopt : std::optional(std::move(bytes));
}

}  // namespace

std::string base64(std::string_view bytes) {
  std::string text = encode(bytes, kStandard);
  text.append((4 - text.size() % 4) % 4, '=');
  return text;
}

std::string base64url(std::string_view bytes) { return encode(bytes, kUrl); }

std::string base64url(std::span<const std::uint8_t> bytes) {
  return base64url(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

std::optional<std::string> decode_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  for (int padding = 0; padding < 2 && text.ends_with('='); ++padding) text.remove_suffix(1);
  return decode(text, kStandardDigits);
}

std::optional<std::string> decode_base64url(std::string_view text) { return decode(text, kUrlDigits); }

}  // namespace remaphore
