// Destination patterns. A name is segments separated by dots. In a pattern, '*' stands for any run of characters inside
// its segment, at most one in each; "**" as the last segment stands for one or more segments. doc/wire-format.md has
// the table, tests/vectors/destinations.jsonl the cases.
#pragma once

#include <string_view>

namespace remaphore::destination {

// Does `pattern` match the node called `name`? Any bytes are fine in either; linear time, no allocation. A name that
// contains '*' is matched by nothing.
bool matches(std::string_view name, std::string_view pattern);

}  // namespace remaphore::destination
