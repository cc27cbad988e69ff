#include "cli/option_places.h"

#include <algorithm>
#include <utility>

#include "cli/mode_table.h"

namespace remaphore {

bool belongs_to_one_mode(const Option& option) {
  const auto modes = mode_table();
  const auto is_its = [&option](const ModeRow& row) { return option.modes.has(row.mode); };
  return std::count_if(modes.begin(), modes.end(), is_its) == 1;
}

std::vector<std::string> places_of(const Option& option) {
  std::vector<std::string> places;
  const bool one_mode = belongs_to_one_mode(option);
  for (const ModeRow& row : mode_table()) {
    if (!option.modes.has(row.mode)) continue;
    if (one_mode || !belong_to(option.needs, row.mode)) {
      places.emplace_back(row.called);
    } else {
      for (std::string& name : dashed_names(option.needs)) places.push_back(std::move(name));
    }
  }
  return places;
}

std::string joined(const std::vector<std::string>& parts, std::string_view last) {
  std::string text;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) text += i + 1 == parts.size() ? last : ", ";
    text += parts[i];
  }
  return text;
}

std::vector<std::string> dashed_names(const OptionNames& names) {
  std::vector<std::string> all;
  for (const std::string_view name : names) {
    if (!name.empty()) all.push_back(dashed(*find_option(name)));
  }
  return all;
}

bool belong_to(const OptionNames& names, Mode mode) {
  return std::any_of(names.begin(), names.end(),
                     [mode](std::string_view name) { return !name.empty() && find_option(name)->modes.has(mode); });
}

}  // namespace remaphore
