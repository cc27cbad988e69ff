// A roster as it is published: text that the fleet signs and nodes apply to their configs. Pure.
//
//     remaphore roster 1
//     serial 12
//     time 2024-01-31T12:00:00Z
//     fleet DESTINATION KEY
//     group NAME MEMBER,MEMBER
//     node DESTINATION KEY VERB,VERB [send-only]     "-": no verbs
//     old DESTINATION KEY                            after its node, whose key is being rotated
//     revoked DESTINATION KEY
//     end
//
// Every roster has exactly one spelling: text that differs from what would be written for its content is refused. So
// are more than kMaxNodes of a kind, names and verbs that a config could not hold, and keys that appear twice or are of
// low order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "fleet/roster.h"

namespace remaphore::fleet {

inline constexpr std::size_t kMaxPublished = std::size_t{8} << 20;  // bytes

struct Published {
  Roster roster;  // serial, fleet, groups and nodes, these without users
  std::int64_t time = 0;
};

// `roster` has an identity of the fleet. The last kMaxNodes revoked ones are named.
std::string format_published(const Roster& roster, std::int64_t time);

// Errc::kUsage, "line N: what".
Result<Published> parse_published(std::string_view text);

}  // namespace remaphore::fleet
