#include "base/base58.h"

#include <array>
#include <cstdlib>
#include <cstring>

namespace remaphore::base58 {
namespace {

constexpr std::string_view kAlphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
constexpr std::size_t kMaxText = kMaxBytes * 138 / 100 + 1;  // log(256) / log(58) < 1.38
constexpr std::size_t kLimbs = kMaxBytes / 4;
constexpr std::uint8_t kNoDigit = 255;
constexpr int kGroup = 5;  // digits that fit a limb: 58^5 < 2^32
constexpr std::uint32_t kGroupValue = 58 * 58 * 58 * 58 * 58;

constexpr std::array<std::uint8_t, 256> make_digits() {
  std::array<std::uint8_t, 256> digits{};
  digits.fill(kNoDigit);
  for (std::size_t i = 0; i < kAlphabet.size(); ++i)
    digits[static_cast<unsigned char>(kAlphabet[i])] = static_cast<std::uint8_t>(i);
  return digits;
}
constexpr auto kDigits = make_digits();

struct Number {
  std::array<std::uint32_t, kLimbs> limbs{};  // least significant first
  std::size_t used = 0;
};

// number = number * factor + addend; false when it outgrows kMaxBytes.
bool multiply_add(Number& number, std::uint32_t factor, std::uint32_t addend) {
  std::uint64_t carry = addend;
  for (std::size_t i = 0; i < number.used; ++i) {
    carry += std::uint64_t{number.limbs[i]} * factor;
    number.limbs[i] = static_cast<std::uint32_t>(carry);
    carry >>= 32;
  }
  if (carry == 0) return true;
  if (number.used == kLimbs) return false;
  number.limbs[number.used++] = static_cast<std::uint32_t>(carry);
  return true;
}

// number = number / kGroupValue; returns the remainder.
std::uint32_t take_group(Number& number) {
  std::uint64_t rest = 0;
  for (std::size_t i = number.used; i-- > 0;) {
    rest = rest << 32 | number.limbs[i];
    number.limbs[i] = static_cast<std::uint32_t>(rest / kGroupValue);
    rest %= kGroupValue;
  }
  while (number.used > 0 && number.limbs[number.used - 1] == 0) --number.used;
  return static_cast<std::uint32_t>(rest);
}

// The byte at position i, of weight 256^i.
std::uint8_t byte_at(const Number& number, std::size_t i) {
  return static_cast<std::uint8_t>(number.limbs[i / 4] >> (8 * (i % 4)));
}

std::size_t significant_bytes(const Number& number) {
  std::size_t size = number.used * 4;
  while (size > 0 && byte_at(number, size - 1) == 0) --size;
  return size;
}

// Reads the digits in groups, so that a signature takes 18 passes and not 88.
bool parse(std::string_view text, std::size_t& zeros, Number& number) {
  zeros = 0;
  while (zeros < text.size() && text[zeros] == kAlphabet[0]) ++zeros;
  for (std::size_t i = zeros; i < text.size();) {
    std::uint32_t factor = 1, group = 0;
    for (int k = 0; k < kGroup && i < text.size(); ++k, ++i) {
      const std::uint8_t digit = kDigits[static_cast<unsigned char>(text[i])];
      if (digit == kNoDigit) return false;
      factor *= 58;
      group = group * 58 + digit;
    }
    if (!multiply_add(number, factor, group)) return false;
  }
  return true;
}

}  // namespace

// Both directions wipe the number from the stack: it may be a private key.

std::string encode(std::span<const std::uint8_t> bytes) {
  if (bytes.size() > kMaxBytes) std::abort();
  std::size_t zeros = 0;
  while (zeros < bytes.size() && bytes[zeros] == 0) ++zeros;

  Number number;
  const std::span<const std::uint8_t> significant = bytes.subspan(zeros);
  number.used = (significant.size() + 3) / 4;
  for (std::size_t i = 0; i < significant.size(); ++i) {
    number.limbs[i / 4] |= std::uint32_t{significant[significant.size() - 1 - i]} << (8 * (i % 4));
  }

  std::array<char, kMaxText + kGroup> text;  // filled from its end
  std::size_t begin = text.size();
  while (number.used > 0) {
    std::uint32_t group = take_group(number);
    const bool leading = number.used == 0;  // no zeros before its first digit
    for (int k = 0; k < kGroup && (group > 0 || !leading); ++k, group /= 58) text[--begin] = kAlphabet[group % 58];
  }
  std::string result(zeros, kAlphabet[0]);
  result.append(text.data() + begin, text.size() - begin);
  explicit_bzero(&number, sizeof number);
  explicit_bzero(&text, sizeof text);
  return result;
}

bool decode_exactly(std::string_view text, std::span<std::uint8_t> out) {
  if (out.size() > kMaxBytes || text.size() > kMaxText) return false;
  std::size_t zeros = 0;
  Number number;
  const bool parsed = parse(text, zeros, number);
  const std::size_t significant = significant_bytes(number);
  const bool fits = parsed && zeros + significant == out.size();
  if (fits) {
    for (std::size_t i = 0; i < zeros; ++i) out[i] = 0;
    for (std::size_t i = 0; i < significant; ++i) out[out.size() - 1 - i] = byte_at(number, i);
  }
  explicit_bzero(&number, sizeof number);
  return fits;
}

Result<std::vector<std::uint8_t>> decode(std::string_view text) {
  std::size_t zeros = 0;
  Number number;
  if (text.size() > kMaxText || !parse(text, zeros, number) || zeros + significant_bytes(number) > kMaxBytes) {
    return fail(Errc::kFormat, "not base58, or too long");
  }
  std::vector<std::uint8_t> bytes(zeros + significant_bytes(number));
  for (std::size_t i = 0; i < bytes.size() - zeros; ++i) bytes[bytes.size() - 1 - i] = byte_at(number, i);
  return bytes;
}

}  // namespace remaphore::base58
