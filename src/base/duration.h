// Durations as Go's time.ParseDuration reads them: "1h2m3s4ms", "1.5h", "300us", "µs"; "0" needs no unit.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"

namespace remaphore {

// Errc::kFormat, quoting the text, for anything else and for a value that does not fit into 64 bits of nanoseconds.
Result<Duration> parse_duration(std::string_view text);

// A duration as text for people, of at most two units and whole numbers below milliseconds: "1h30m", "2.5s", "12ms",
// "0s".
std::string format_duration(Duration duration);

}  // namespace remaphore
