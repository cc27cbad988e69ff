#include "core/message.h"

#include <algorithm>
#include <cstdlib>

namespace remaphore {

Uuid Uuid::from_bytes(std::span<const std::uint8_t> bytes) {
  if (bytes.empty() || bytes.size() > kMaxBytes) std::abort();
  Uuid uuid;
  std::copy(bytes.begin(), bytes.end(), uuid.bytes_.begin());
  uuid.size_ = static_cast<std::uint8_t>(bytes.size());
  return uuid;
}

Uuid Uuid::random() {
  std::array<std::uint8_t, kMaxBytes> bytes{};
  keys::random_bytes(bytes);
  return from_bytes(bytes);
}

Uuid Uuid::from_hash(const Digest& hash) { return from_bytes(std::span(hash.bytes).first(kMaxBytes)); }

Uuid Uuid::from_text(std::string_view text) {
  if (text.empty()) return random();
  if (text.size() > kMaxBytes) return from_hash(keys::sha256(text));
  return from_bytes(std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
}

}  // namespace remaphore
