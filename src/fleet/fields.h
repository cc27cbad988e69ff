// The fields in the text files of a fleet. Each value has exactly one spelling. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "core/groups.h"
#include "core/keys.h"

namespace remaphore::fleet {

// The words of a line, split at blanks.
std::vector<std::string_view> fields(std::string_view line);

// Errc::kConfig, quoting the text.
Result<PublicKey> parse_key(std::string_view text);

// DIR/groups: "NAME member,member" lines, as in [ Groups ] of a config. Errc::kConfig, "line N: what".
std::string format_group(const Group& group);
std::string format_groups(const Groups& groups);
Result<Groups> parse_groups(std::string_view text);

// "2024-01-31T12:00:00Z", and nothing else.
std::string format_time(std::int64_t unix_seconds);
std::optional<std::int64_t> parse_time(std::string_view text);

// Decimal, without leading zeros, below 10^18.
std::optional<std::uint64_t> parse_serial(std::string_view text);

}  // namespace remaphore::fleet
