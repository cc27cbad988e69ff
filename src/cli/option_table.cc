#include "cli/option_table.h"

#include <fmt/format.h>

#include <algorithm>

namespace remaphore {
namespace {

constexpr bool exist(const OptionNames& names) {
  for (const std::string_view name : names) {
    bool found = name.empty();
    for (const Option& row : option_table()) found = found || row.long_name == name;
    if (!found) return false;
  }
  return true;
}

constexpr bool name_existing_options() {
  for (const Option& row : option_table()) {
    if (!exist(row.needs) || !exist(row.not_with)) return false;
  }
  return true;
}
static_assert(name_existing_options());

}  // namespace

const Option* find_option(std::string_view name) {
  const auto called = [name](const Option& row) { return row.short_name == name || row.long_name == name; };
  const auto found = std::find_if(option_table().begin(), option_table().end(), called);
  return name.empty() || found == option_table().end() ? nullptr : &*found;
}

std::string dashed(const Option& option) {
  return option.short_name.empty() ? fmt::format("--{}", option.long_name) : fmt::format("-{}", option.short_name);
}

}  // namespace remaphore
