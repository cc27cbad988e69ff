#include "nats/nkey.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

#include "base/base32.h"

namespace remaphore::nats {
namespace {

constexpr std::uint8_t kSeedPrefix = 18 << 3;
constexpr std::size_t kPublicBytes = 1 + 32 + 2;
constexpr std::size_t kSeedBytes = 2 + 32 + 2;

// CRC-16/XMODEM: polynomial 0x1021, initial value 0, not reflected.
std::uint16_t crc16(std::span<const std::uint8_t> bytes) {
  unsigned crc = 0;
  for (const std::uint8_t byte : bytes) {
    crc ^= static_cast<unsigned>(byte) << 8;
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 0x8000) != 0 ? (crc << 1 ^ 0x1021) & 0xffff : crc << 1;
  }
  return static_cast<std::uint16_t>(crc);
}

// The last two bytes hold the checksum of those before them, little endian.
void put_checksum(std::span<std::uint8_t> raw) {
  const std::uint16_t crc = crc16(raw.first(raw.size() - 2));
  raw[raw.size() - 2] = static_cast<std::uint8_t>(crc & 0xff);
  raw[raw.size() - 1] = static_cast<std::uint8_t>(crc >> 8);
}

bool has_checksum(std::span<const std::uint8_t> raw) {
  return crc16(raw.first(raw.size() - 2)) == (raw[raw.size() - 1] << 8 | raw[raw.size() - 2]);
}

std::string_view kind_name(NkeyKind kind) {
  switch (kind) {
    case NkeyKind::kOperator: return "operator";
    case NkeyKind::kAccount: return "account";
    case NkeyKind::kUser: return "user";
  }
  return "unknown";
}

char kind_letter(NkeyKind kind) { return kind == NkeyKind::kOperator ? 'O' : kind == NkeyKind::kAccount ? 'A' : 'U'; }

struct RawSeed {
  RawSeed() = default;
  RawSeed(const RawSeed&) = delete;
  RawSeed& operator=(const RawSeed&) = delete;
  ~RawSeed() { keys::wipe(std::span(reinterpret_cast<char*>(bytes.data()), bytes.size())); }

  std::array<std::uint8_t, kSeedBytes> bytes{};
};

}  // namespace

std::string encode_public(NkeyKind kind, const PublicKey& key) {
  std::array<std::uint8_t, kPublicBytes> raw{};
  raw[0] = static_cast<std::uint8_t>(kind);
  std::copy(key.bytes.begin(), key.bytes.end(), raw.begin() + 1);
  put_checksum(raw);
  return base32::encode(raw);
}

std::string encode_seed(NkeyKind kind, const SecretKey& key) {
  const unsigned prefix = static_cast<unsigned>(kind);
  RawSeed raw;
  raw.bytes[0] = static_cast<std::uint8_t>(kSeedPrefix | prefix >> 5);
  raw.bytes[1] = static_cast<std::uint8_t>((prefix & 31) << 3);
  const auto seed = key.seed();
  std::copy(seed.begin(), seed.end(), raw.bytes.begin() + 2);
  put_checksum(raw.bytes);
  return base32::encode(raw.bytes);
}

Result<PublicKey> decode_public(NkeyKind expected, std::string_view text) {
  const auto bad = [expected](std::string_view what) {
    return fail(Errc::kConfig, fmt::format("bad {} key: {}", kind_name(expected), what));
  };
  if (text.size() != base32::text_length(kPublicBytes)) {
    return bad(fmt::format("it has {} characters, not {}", text.size(), base32::text_length(kPublicBytes)));
  }
  std::array<std::uint8_t, kPublicBytes> raw{};
  if (!base32::decode_exactly(text, raw)) return bad("not base32");
  if (!has_checksum(raw)) return bad("wrong checksum");
  if (raw[0] != static_cast<std::uint8_t>(expected))
    return bad(fmt::format("it does not start with {}", kind_letter(expected)));
  PublicKey key;
  std::copy_n(raw.begin() + 1, key.bytes.size(), key.bytes.begin());
  return key;
}

Result<SecretKey> decode_seed(NkeyKind expected, std::string_view text) {
  const auto bad = [](std::string_view what) { return fail(Errc::kConfig, fmt::format("bad seed: {}", what)); };
  if (text.size() != base32::text_length(kSeedBytes)) {
    return bad(fmt::format("it has {} characters, not {}", text.size(), base32::text_length(kSeedBytes)));
  }
  RawSeed raw;
  if (!base32::decode_exactly(text, raw.bytes)) return bad("not base32");
  if (!has_checksum(raw.bytes)) return bad("wrong checksum");
  const unsigned prefix = static_cast<unsigned>(expected);
  if (raw.bytes[0] != (kSeedPrefix | prefix >> 5) || raw.bytes[1] != (prefix & 31) << 3) {
    return bad(fmt::format("{} seeds start with S{}", kind_name(expected), kind_letter(expected)));
  }
  return SecretKey::from_seed(std::span<const std::uint8_t, kSeedBytes>(raw.bytes).subspan<2, 32>());
}

}  // namespace remaphore::nats
