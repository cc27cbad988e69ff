// A hash map from text that is looked up by a view, without a copy of it.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace remaphore {

struct StringHash : std::hash<std::string_view> {
  using is_transparent = void;
};

template <class Value>
using StringMap = std::unordered_map<std::string, Value, StringHash, std::equal_to<>>;

}  // namespace remaphore
