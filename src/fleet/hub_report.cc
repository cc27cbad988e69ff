#include "fleet/hub_report.h"

namespace remaphore::fleet {

void HubReport::error(std::string_view line) {
  log_.error(line);
  write(JsonObject().text("type", "error").text("text", line));
}

void HubReport::notice(std::string_view type, std::string_view line) {
  log_.notice(line);
  write(JsonObject().text("type", type).text("text", line));
}

void HubReport::ready(std::string_view listen_address) {
  log_.ready();
  write(JsonObject().text("type", "ready").text("listen", listen_address));
}

void HubReport::end(ExitStatus status) {
  write(JsonObject().text("type", "summary").number("status", static_cast<int>(status)));
  if (output_) output_->finish();
}

// A reader that does not keep up loses what it does not read: the server goes on.
void HubReport::write(const JsonObject& object) {
  if (!output_ || !output_->may_write()) return;
  output_->write(object.line());
  output_->flush();
}

}  // namespace remaphore::fleet
