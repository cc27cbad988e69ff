// Keys, peers and signed messages for tests.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/time.h"
#include "core/keys.h"
#include "core/message.h"

namespace remaphore::test {

// The key whose seed is `number` and zeros: the same in every run.
SecretKey key_of(std::uint8_t number);
std::string public_text(std::uint8_t number);

inline constexpr std::int64_t kNoon = 1'700'000'000'000'000'000;  // a moment, Unix nanoseconds
inline WallTime noon() { return WallTime(Duration(kNoon)); }

// The config's text for key 1 with [*], and for every number of `peers` a line "node<number> KEY [*]".
std::string config_text(const std::vector<int>& peers);

// A message to ** at noon, verb ping, unless changed.
Message message_saying(std::string_view payload);

// Its bytes, signed with key `number`.
std::string signed_by(std::uint8_t number, const Message& message);

// The reply of key `number` to the message of these bytes, bound to it, at `time`.
std::string reply_by(std::uint8_t number, std::string_view request, std::string_view payload, WallTime time);

// The same with another signature, which is wrong.
std::string forged(std::string_view bytes);

}  // namespace remaphore::test
