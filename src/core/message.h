// The content of a message before it is signed, and the UUID that names it. Format: doc/wire-format.md.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/time.h"
#include "core/keys.h"

namespace remaphore {

inline constexpr std::size_t kMaxDestination = 1024;               // bytes
inline constexpr std::size_t kMaxVerb = 256;                       // bytes
inline constexpr std::size_t kMaxPayload = std::size_t{64} << 20;  // bytes, whatever the server allows

// 1 to 12 bytes.
class Uuid {
 public:
  static constexpr std::size_t kMaxBytes = 12;

  static Uuid random();
  // Text of 1 to 12 bytes is used as it is, longer text as the first 12 bytes of its SHA-256; empty gives random().
  static Uuid from_text(std::string_view text);
  // Binds a reply to the request with this hash: its first 12 bytes.
  static Uuid from_hash(const Digest& hash);
  // `bytes` has 1 to kMaxBytes, else abort.
  static Uuid from_bytes(std::span<const std::uint8_t> bytes);

  std::span<const std::uint8_t> bytes() const { return std::span(bytes_.data(), size_); }
  bool operator==(const Uuid&) const = default;

 private:
  std::array<std::uint8_t, kMaxBytes> bytes_{};
  std::uint8_t size_ = 0;
};

struct Message {
  std::string destination = "**";  // no comma
  WallTime time;
  Uuid uuid;
  std::string verb = "ping";  // no comma
  bool reply_wanted = false;
  std::string payload;
};

}  // namespace remaphore
