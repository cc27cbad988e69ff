#include "app/json_log.h"

#include "base/json_text.h"

namespace remaphore {

void JsonLog::failure(std::string_view line, ExitStatus status) {
  log_.failure(line, status);
  JsonObject json;
  json.text("type", "error").text("message", line).number("status", static_cast<int>(status));
  output_.write(json.line());
}

}  // namespace remaphore
