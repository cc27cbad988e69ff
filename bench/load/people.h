// The nodes of a fleet that the load program plays, and what they say. Node number N has the key whose seed is the
// SHA-256 of "node N"; bench/driver/rig.py writes the same keys into configs.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/keys.h"

namespace remaphore::bench {

SecretKey key_of(std::uint64_t node);

enum class Reply { kNone, kWanted };
// A whole message of this node, signed now.
std::string message_of(const SecretKey& key, std::string_view destination, std::string_view payload,
                       Reply reply = Reply::kNone);

// A whole reply: bound to the request of this hash, or with a random UUID, as Go nodes answer.
std::string reply_of(const SecretKey& key, const Digest* request, std::string_view payload);

}  // namespace remaphore::bench
