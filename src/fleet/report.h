// What a command prints at its end, as text or objects. Nothing is printed before end().
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json_text.h"
#include "base/output_format.h"
#include "base/result.h"
#include "core/exit_status.h"

namespace remaphore::fleet {

class Report {
 public:
  explicit Report(OutputFormat format) : format_(format) {}

  // Lines with their newlines, for people only; an object, for programs only.
  void text(std::string_view lines) { text_ += lines; }
  void object(const JsonObject& object) { objects_ += object.line(); }

  // Files under a heading, which ends in a colon; nothing if there are none. As objects: "file", with `change`.
  void files(std::string_view heading, std::string_view change, const std::vector<std::string>& paths);
  // A command to type next, safe to paste into a shell; the remark is for people only.
  void next(std::string_view command, std::string_view remark = {});

  // What did not work, on standard error at once, and as an object.
  void fault(std::string_view line);

  // Prints it all, and returns `status`.
  Result<ExitStatus> end(ExitStatus status) const;

 private:
  const OutputFormat format_;
  std::string text_, objects_, next_;
};

}  // namespace remaphore::fleet
