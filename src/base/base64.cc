#include "base/base64.h"

#include <cstdint>

namespace remaphore {
namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

}  // namespace

std::string base64(std::string_view bytes) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (; !bytes.empty(); bytes.remove_prefix(bytes.size() < 3 ? bytes.size() : 3)) {
    const auto byte = [bytes](std::size_t i) { return i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0u; };
    const std::uint32_t three = byte(0) << 16 | byte(1) << 8 | byte(2);
    text.push_back(kAlphabet[three >> 18]);
    text.push_back(kAlphabet[three >> 12 & 63]);
    text.push_back(bytes.size() > 1 ? kAlphabet[three >> 6 & 63] : '=');
    text.push_back(bytes.size() > 2 ? kAlphabet[three & 63] : '=');
  }
  return text;
}

}  // namespace remaphore
