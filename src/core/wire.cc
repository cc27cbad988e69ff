#include "core/wire.h"

#include <charconv>

#include "base/hex.h"

namespace remaphore::wire {
namespace {

// The longest possible message: a longer one is refused before a byte of it is read. PUB and SIG are not bounded
// here: a PUB of wrong length is simply an unknown peer, which is a different verdict.
constexpr std::size_t kMaxMessage = kMaxPayload + (std::size_t{1} << 20);

using TimeText = std::array<char, 17>;  // a sign and 64 bits

std::string_view write_time(WallTime time, TimeText& text) {
  const std::int64_t nanoseconds{time.time_since_epoch().count()};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), nanoseconds, 16).ptr;
  return std::string_view(text.data(), end);
}

}  // namespace

std::optional<Fields> Fields::split(std::string_view bytes) {
  if (bytes.size() > kMaxMessage) return std::nullopt;
  Commas commas{};
  std::size_t from = 0;
  for (std::uint32_t& comma : commas) {
    const std::size_t found = bytes.find(',', from);
    if (found == std::string_view::npos) return std::nullopt;
    comma = static_cast<std::uint32_t>(found);
    from = found + 1;
  }
  const Fields fields(bytes, commas);
  if (fields.destination().size() > kMaxDestination || fields.uuid().size() > 2 * Uuid::kMaxBytes ||
      fields.verb().size() > kMaxVerb || fields.payload().size() > kMaxPayload) {
    return std::nullopt;
  }
  return fields;
}

std::string format_time(WallTime time) {
  TimeText text;
  return std::string(write_time(time, text));
}

std::optional<WallTime> parse_time(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  const WallTime time{Duration(value)};
  TimeText canonical;
  if (write_time(time, canonical) != text) return std::nullopt;  // uppercase, padding, "-0"
  return time;
}

std::optional<Uuid> parse_uuid(std::string_view text) {
  std::array<std::uint8_t, Uuid::kMaxBytes> bytes{};
  const std::size_t size = text.size() / 2;
  if (size == 0 || size > bytes.size()) return std::nullopt;
  const auto used = std::span(bytes).first(size);
  if (!hex::decode_exactly(text, used)) return std::nullopt;
  return Uuid::from_bytes(used);
}

std::optional<bool> parse_flag(std::string_view text) {
  if (text == "Q") return true;
  if (text == "_") return false;
  return std::nullopt;
}

std::string signed_bytes(const Message& message) {
  std::string bytes;
  bytes.reserve(kMaxVerb + message.destination.size() + message.payload.size());
  for (const std::string& field : {message.destination, format_time(message.time), hex::encode(message.uuid.bytes()),
                                   message.verb, std::string(message.reply_wanted ? "Q" : "_")}) {
    bytes += field;
    bytes += ',';
  }
  bytes += message.payload;
  return bytes;
}

std::string encode(const Message& message, const SecretKey& key) {
  const std::string body = signed_bytes(message);
  std::string bytes = keys::to_base58(key.public_key());
  bytes += ',';
  bytes += keys::to_base58(key.sign(body));
  bytes += ',';
  bytes += body;
  return bytes;
}

}  // namespace remaphore::wire
