// How a command of either program prints what it has found.
#pragma once

namespace remaphore {

enum class OutputFormat {
  kText,  // for people
  kJson,  // for programs: one object per line
};

}  // namespace remaphore
