#include "cli/text_modes.h"

#include <string>
#include <string_view>

#include "base/json_text.h"
#include "cli/help.h"
#include "core/example_config.h"
#include "core/keys.h"
#include "io/version.h"

namespace remaphore {
namespace {

ExitStatus print_or_fail(Log& log, std::string_view text) {
  const auto printed = print(text);
  if (printed) return ExitStatus::kOk;
  log.error(printed.error().message);
  return ExitStatus::kFailure;
}

ExitStatus print_text(const CommandLine& line, Log& log, std::string_view type, std::string_view text) {
  if (!line.is_set("json")) return print_or_fail(log, text);
  JsonObject json;
  json.text("type", type).text("text", text).number("status", 0);
  return print_or_fail(log, json.line());
}

}  // namespace

ExitStatus print_example_config(const CommandLine& line, const Session& session) {
  return print_text(line, session.log, "example_config", example_config(SecretKey::generate()));
}

ExitStatus print_help(const CommandLine& line, const Session& session) {
  return print_text(line, session.log, "help", help_text());
}

ExitStatus print_version(const CommandLine& line, const Session& session) {
  return print_text(line, session.log, "version", "remaphore " + std::string(kVersion) + "\n");
}

}  // namespace remaphore
