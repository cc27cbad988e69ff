// A value that an option takes, for tests that go through the whole option table.
#pragma once

#include <string>

#include "cli/option_table.h"

namespace remaphore {

inline std::string sample_value(const Option& option) {
  if (const std::string bounds = bounds_text(option.value()); !bounds.empty())
    return bounds.substr(0, bounds.find(' '));
  for (const char* value : {"1", "1s"}) {
    if (value_fault(option.value(), value).empty()) return value;
  }
  return std::string(option.choices.substr(0, option.choices.find('|')));
}

}  // namespace remaphore
