// The log of --json: forwards lines to the other log, and also prints errors that decide the exit status as objects.
#pragma once

#include "ports/log.h"
#include "ports/record_output.h"

namespace remaphore {

class JsonLog : public Log {
 public:
  JsonLog(Log& log, RecordOutput& output) : log_(log), output_(output) {}

  void error(std::string_view line) override { log_.error(line); }
  void failure(std::string_view line, ExitStatus status) override;
  void notice(std::string_view line) override { log_.notice(line); }
  void verbose(std::string_view line) override { log_.verbose(line); }
  bool is_verbose() const override { return log_.is_verbose(); }
  void ready() override { log_.ready(); }

 private:
  Log& log_;
  RecordOutput& output_;
};

}  // namespace remaphore
