// The output of the demo.
#pragma once

#include <fmt/format.h>

#include <string_view>

#include "base/json_text.h"
#include "base/output_format.h"
#include "base/result.h"
#include "base/text.h"
#include "io/stdout_writer.h"

namespace remaphore::fleet {

// A transcript: commands typed at a node follow its prompt; output is printed as it is. As JSON, objects.
class Transcript {
 public:
  explicit Transcript(OutputFormat format) : format_(format) {}

  Result<void> remark(std::string_view text) const {
    return format_ == OutputFormat::kText ? print(text) : Result<void>();
  }
  Result<void> command(std::string_view node, std::string_view command) const {
    if (format_ == OutputFormat::kText) return print(fmt::format("{}$ {}\n", node, command));
    return print(JsonObject().text("type", "command").text("node", node).text("command", command).line());
  }
  Result<void> output(std::string_view text) const {
    if (format_ == OutputFormat::kText) return print(escape_control(text, Layout::kKept));
    return text.empty() ? Result<void>() : print(JsonObject().text("type", "output").text("text", text).line());
  }

 private:
  OutputFormat format_;
};

}  // namespace remaphore::fleet
