// A status line on the user's terminal, replaced in place.
#pragma once

#include <string>

namespace remaphore {

class StatusView {
 public:
  virtual ~StatusView() = default;
  virtual void show(const std::string& line) = 0;  // safe to show; shortened to fit
  virtual void clear() = 0;
};

}  // namespace remaphore
