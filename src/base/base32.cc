#include "base/base32.h"

namespace remaphore::base32 {
namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

// 0 to 31, or -1.
int digit(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= '2' && c <= '7') return c - '2' + 26;
  return -1;
}

}  // namespace

std::string encode(std::span<const std::uint8_t> bytes) {
  std::string text;
  text.reserve(text_length(bytes.size()));
  std::uint32_t pending = 0;
  unsigned bits = 0;
  for (const std::uint8_t byte : bytes) {
    pending = (pending << 8 | byte) & 0xfff;
    for (bits += 8; bits >= 5; bits -= 5) text.push_back(kAlphabet[pending >> (bits - 5) & 31]);
  }
  if (bits > 0) text.push_back(kAlphabet[pending << (5 - bits) & 31]);
  return text;
}

bool decode_exactly(std::string_view text, std::span<std::uint8_t> out) {
  if (text.size() != text_length(out.size())) return false;
  std::uint32_t pending = 0;
  unsigned bits = 0;
  std::size_t used = 0;
  for (const char c : text) {
    const int value = digit(c);
    if (value < 0) return false;
    pending = (pending << 5 | static_cast<std::uint32_t>(value)) & 0xfff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      out[used++] = static_cast<std::uint8_t>(pending >> bits & 0xff);
    }
  }
  return (pending & ((1U << bits) - 1)) == 0;
}

}  // namespace remaphore::base32
