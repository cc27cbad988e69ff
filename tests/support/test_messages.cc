#include "support/test_messages.h"

#include <fmt/format.h>

#include "core/wire.h"

namespace remaphore::test {

SecretKey key_of(std::uint8_t number) {
  std::array<std::uint8_t, 32> seed{};
  seed[0] = number;
  return SecretKey::from_seed(seed);
}

std::string public_text(std::uint8_t number) { return keys::to_base58(key_of(number).public_key()); }

std::string config_text(const std::vector<int>& peers) {
  std::string text = fmt::format(
      "server: nats://localhost:4222\ncredentials: user.creds\ndestination: node1\nallow_skew: 5s\n"
      "[ Identities ]\n{} {} [*]\n[ Peers ]\n",
      public_text(1), key_of(1).to_base58());
  for (const int number : peers) {
    text += fmt::format("node{} {} [*]\n", number, public_text(static_cast<std::uint8_t>(number)));
  }
  return text;
}

Message message_saying(std::string_view payload) {
  Message message;
  message.time = noon();
  message.uuid = Uuid::from_text(payload.empty() ? "empty" : payload);
  message.payload = std::string(payload);
  return message;
}

std::string signed_by(std::uint8_t number, const Message& message) { return wire::encode(message, key_of(number)); }

std::string reply_by(std::uint8_t number, std::string_view request, std::string_view payload, WallTime time) {
  Message reply;
  reply.destination.clear();
  reply.time = time;
  reply.uuid = Uuid::from_hash(wire::hash(request));
  reply.verb = "reply";
  reply.payload = std::string(payload);
  return wire::encode(reply, key_of(number));
}

std::string forged(std::string_view bytes) {
  const auto fields = wire::Fields::split(bytes);
  const Signature other = key_of(255).sign(fields->signed_bytes());
  return fmt::format("{},{},{}", fields->public_key(), keys::to_base58(other), fields->signed_bytes());
}

}  // namespace remaphore::test
