// A point in time for machines and people: RFC 3339.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace remaphore {

// A time in UTC, to the microsecond, rounded down: "2026-11-22T16:43:05.329306Z".
std::string format_timestamp(WallTime time);

// "2026-11-22T16:43:05Z", with up to nine fractional digits, in UTC or with an offset such as +01:00. nullopt for
// anything else, and for a time that WallTime cannot hold.
std::optional<WallTime> parse_timestamp(std::string_view text);

}  // namespace remaphore
