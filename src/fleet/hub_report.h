// Reports of `hub` while its server runs: lines on standard error, and with --json an object for each on standard
// output.
#pragma once

#include <optional>
#include <string_view>

#include "base/json_text.h"
#include "base/output_format.h"
#include "core/exit_status.h"
#include "io/event_loop.h"
#include "io/stderr_log.h"
#include "io/stdout_writer.h"

namespace remaphore::fleet {

class HubReport {
 public:
  explicit HubReport(OutputFormat format) : log_("remaphore-fleet", StderrLog::Level::kNormal) {
    if (format == OutputFormat::kJson) output_.emplace();
  }

  // Add it before the loop waits, so that neither stream delays us.
  void add_to(EventLoop& loop) {
    loop.add(log_);
    if (output_) loop.add(*output_);
  }
  StderrLog& log() { return log_; }

  void error(std::string_view line);
  // `type`: of the object.
  void notice(std::string_view type, std::string_view line);
  void ready(std::string_view listen_address);
  // The last report; `status` is the exit status of hub.
  void end(ExitStatus status);

 private:
  void write(const JsonObject& object);

  StderrLog log_;
  std::optional<StdoutWriter> output_;  // with --json
};

}  // namespace remaphore::fleet
