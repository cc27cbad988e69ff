// The --who table for people: a line for each listener, then one for each silent node.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "core/presence.h"

namespace remaphore {

struct PresenceRow {
  std::string_view destination;  // as in our config: any bytes
  const Presence* presence;      // nullptr: it is silent
  Duration clock_offset{};       // its clock minus ours
};

// Includes the newlines; control characters are escaped. Columns are as wide as needed.
std::string format_presence_table(const std::vector<PresenceRow>& rows);

// "+1.250 s", "-60 s", and "0 s" below a millisecond.
std::string format_clock_offset(Duration offset);

}  // namespace remaphore
