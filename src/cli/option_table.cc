#include "cli/option_table.h"

#include <fmt/format.h>

#include <algorithm>

namespace remaphore {

const Option* find_option(std::string_view name) {
  const auto called = [name](const Option& row) { return row.short_name == name || row.long_name == name; };
  const auto found = std::find_if(option_table().begin(), option_table().end(), called);
  return name.empty() || found == option_table().end() ? nullptr : &*found;
}

std::string dashed(const Option& option) {
  return option.short_name.empty() ? fmt::format("--{}", option.long_name) : fmt::format("-{}", option.short_name);
}

}  // namespace remaphore
