// For tests that go through the whole option table: a value that an option takes.
#pragma once

#include <string>

#include "cli/option_table.h"

namespace remaphore {

inline std::string sample_value(const Option& option) {
  for (const char* value : {"1", "3s"}) {
    if (value_fault(option.value(), value).empty()) return value;
  }
  return std::string(option.choices.substr(0, option.choices.find('|')));
}

}  // namespace remaphore
