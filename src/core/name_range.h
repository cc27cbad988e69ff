// Names with numbers in brackets: db[1-3] expands to db1, db2 and db3; web[01-12,20] to web01 to web12, and web20. A
// name may hold several brackets; they count like the digits of a number, the last one fastest.
//
// Inside a bracket: numbers and ranges FROM-TO, separated by commas. A range whose FROM starts with 0 keeps its width.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace remaphore {

inline constexpr std::size_t kMaxExpandedNames = 10'000;  // from one text

// Whether `text` holds a bracket and needs expanding.
bool has_range(std::string_view text);

// All the names, in order. Errc::kFormat, quoting the text, if a bracket is malformed or there are too many names.
Result<std::vector<std::string>> expand_names(std::string_view text);

}  // namespace remaphore
