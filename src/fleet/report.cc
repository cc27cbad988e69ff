#include "fleet/report.h"

#include <fmt/format.h>

#include "io/stderr_log.h"
#include "io/stdout_writer.h"

namespace remaphore::fleet {

void Report::files(std::string_view heading, std::string_view change, const std::vector<std::string>& paths) {
  if (paths.empty()) return;
  text(fmt::format("{}\n", heading));
  for (const std::string& path : paths) {
    text(fmt::format("  {}\n", path));
    object(JsonObject().text("type", "file").text("change", change).text("path", path));
  }
}

void Report::next(std::string_view command, std::string_view remark) {
  next_ += remark.empty() ? fmt::format("  {}\n", command) : fmt::format("  {}  # {}\n", command, remark);
  object(JsonObject().text("type", "next").text("command", command));
}

void Report::fault(std::string_view line) {
  StderrLog("remaphore-fleet", StderrLog::Level::kNormal).error(line);
  object(JsonObject().text("type", "error").text("text", line));
}

Result<ExitStatus> Report::end(ExitStatus status) const {
  const std::string shown = next_.empty() ? text_ : fmt::format("{}next:\n{}", text_, next_);
  const std::string objects =
      objects_ + JsonObject().text("type", "summary").number("status", static_cast<int>(status)).line();
  if (Result<void> printed = print(format_ == OutputFormat::kJson ? objects : shown); !printed) return pass_on(printed);
  return status;
}

}  // namespace remaphore::fleet
