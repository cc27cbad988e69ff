// Messages for people: one lowercase line per call, without prefix and full stop. Foreign text in it is already escaped
// or quoted by the caller.
#pragma once

#include <string_view>

#include "core/exit_status.h"

namespace remaphore {

class Log {
 public:
  virtual ~Log() = default;
  virtual void error(std::string_view line) = 0;  // always shown
  // An error that makes the program end with this status.
  virtual void failure(std::string_view line, ExitStatus status = ExitStatus::kFailure) = 0;
  virtual void notice(std::string_view line) = 0;   // shown unless --quiet
  virtual void verbose(std::string_view line) = 0;  // shown with --verbose, a few per second, the rest counted
  virtual bool is_verbose() const = 0;
  virtual void ready() = 0;  // the bare line "Ready"
};

}  // namespace remaphore
