// Passes errors on, and drops the rest: for an operation that is a part of a report.
#pragma once

#include <functional>
#include <string_view>
#include <utility>

#include "ports/log.h"

namespace remaphore {

class ErrorLog : public Log {
 public:
  explicit ErrorLog(std::function<void(std::string_view)> take) : take_(std::move(take)) {}

  void error(std::string_view line) override { take_(line); }
  void failure(std::string_view line, ExitStatus) override { take_(line); }
  void notice(std::string_view) override {}
  void verbose(std::string_view) override {}
  bool is_verbose() const override { return false; }
  void ready() override {}

 private:
  const std::function<void(std::string_view)> take_;
};

}  // namespace remaphore
