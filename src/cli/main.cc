// The program: command line -> config -> one of the modes.

#include <fcntl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <exception>
#include <string>

#include "app/json_log.h"
#include "base/json_text.h"
#include "cli/command_line.h"
#include "cli/modes.h"
#include "cli/option_table.h"
#include "core/example_config.h"
#include "core/keys.h"
#include "io/stderr_log.h"
#include "io/version.h"

namespace remaphore {
namespace {

ExitStatus print_or_fail(Log& log, std::string_view text) {
  const auto printed = print(text);
  if (printed) return ExitStatus::kOk;
  log.error(printed.error().message);
  return ExitStatus::kFailure;
}

// What is no mode but a text: one object with it if it is to be JSON.
ExitStatus print_text(const CommandLine& line, Log& log, std::string_view type, std::string_view text) {
  if (!line.is_set(OptionId::kJson)) return print_or_fail(log, text);
  JsonObject json;
  json.text("type", type).text("text", text).number("status", 0);
  return print_or_fail(log, json.line());
}

StderrLog::Level level_of(const CommandLine& line) {
  if (line.is_set(OptionId::kVerbose)) return StderrLog::Level::kVerbose;
  return line.is_set(OptionId::kQuiet) ? StderrLog::Level::kQuiet : StderrLog::Level::kNormal;
}

ExitStatus run_mode(const CommandLine& line, const Session& session) {
  if (line.is_set(OptionId::kHelp)) return print_text(line, session.log, "help", help_text());
  if (line.is_set(OptionId::kVersion))
    return print_text(line, session.log, "version", "remaphore " + std::string(kVersion) + "\n");
  if (line.is_set(OptionId::kExampleConfig)) {
    return print_text(line, session.log, "example_config", example_config(SecretKey::generate()));
  }

  if (line.is_set(OptionId::kCheck)) return run_check(line, session);
  if (line.is_set(OptionId::kPing)) return fail_with(session, {Errc::kUsage, "option --ping belongs to --check"});

  const bool sending = line.is_set(OptionId::kSend), requesting = line.is_set(OptionId::kRequest);
  if (sending && requesting) return fail_with(session, {Errc::kUsage, "options -s and -r do not go together"});
  const auto mode = sending ? run_sender : requesting ? run_requester : run_listener;
  return mode(line, session);
}

ExitStatus run(std::span<const char* const> arguments, Signals& signals, StderrLog& log) {
  CommandLine understood;
  const auto line = CommandLine::parse(arguments, &understood);
  log.set_level(level_of(understood));
  StdoutWriter output;
  JsonLog json_log(log, output);
  Log& told = understood.is_set(OptionId::kJson) ? static_cast<Log&>(json_log) : log;
  const Session session{signals, told, output};
  return line ? run_mode(*line, session) : fail_with(session, line.error());
}

// A descriptor from 0 to 2 that is closed would be given to the next socket, and payloads would be printed to the
// server.
void occupy_standard_descriptors() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(fd, F_GETFD) >= 0) continue;
    // In the mode in which it cannot be used, so that every use fails as it would have; only lines may vanish.
    open("/dev/null", fd == STDOUT_FILENO ? O_RDONLY : O_WRONLY);  // takes the lowest free number, which is `fd`
  }
}

}  // namespace
}  // namespace remaphore

int main(int count, char** arguments) {
  using namespace remaphore;
  StderrLog log("remaphore", StderrLog::Level::kNormal);
  ExitStatus status = ExitStatus::kFailure;
  try {
    occupy_standard_descriptors();
    prctl(PR_SET_DUMPABLE, 0);  // no core files with keys in them; unlike a resource limit not passed on to commands
    Signals signals;
    keys::initialize();
    status = run(std::span<const char* const>(arguments, static_cast<std::size_t>(count)).subspan(count > 0 ? 1 : 0),
                 signals, log);
    leave(status, signals);
  } catch (const std::exception& error) {  // from libraries, and std::bad_alloc
    log.error(error.what());
  }
  _exit(static_cast<int>(status));
}
