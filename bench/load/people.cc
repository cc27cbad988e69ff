#include "load/people.h"

#include <chrono>

#include "core/wire.h"

namespace remaphore::bench {
namespace {

WallTime now() { return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now()); }

}  // namespace

SecretKey key_of(std::uint64_t node) {
  const Digest seed = keys::sha256("node " + std::to_string(node));
  return SecretKey::from_seed(seed.bytes);
}

std::string message_of(const SecretKey& key, std::string_view destination, std::string_view payload, Reply reply) {
  Message message;
  message.destination = destination;
  message.time = now();
  message.uuid = Uuid::random();
  message.reply_wanted = reply == Reply::kWanted;
  message.payload = payload;
  return wire::encode(message, key);
}

std::string reply_of(const SecretKey& key, const Digest* request, std::string_view payload) {
  Message reply;
  reply.destination.clear();
  reply.time = now();
  reply.uuid = request != nullptr ? Uuid::from_hash(*request) : Uuid::random();
  reply.verb = "reply";
  reply.payload = payload;
  return wire::encode(reply, key);
}

}  // namespace remaphore::bench
