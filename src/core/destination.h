// Destination patterns. A name is segments separated by dots. In a pattern, '*' stands for any run of characters inside
// its segment, at most one in each; "**" as the last segment stands for one or more segments. doc/wire-format.md has
// the table, tests/vectors/destinations.jsonl the cases.
#pragma once

#include <string_view>

namespace remaphore::destination {

// Whether `pattern` matches the node called `name`. Both may hold any bytes; linear time, no allocation. A name that
// contains '*' matches no pattern.
bool matches(std::string_view name, std::string_view pattern);

}  // namespace remaphore::destination
