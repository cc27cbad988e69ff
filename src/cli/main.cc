// The program: command line -> config -> one of the modes.

#include <fcntl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <exception>

#include "app/json_log.h"
#include "cli/command_line.h"
#include "cli/mode_table.h"
#include "cli/session.h"
#include "core/keys.h"
#include "io/stderr_log.h"

namespace remaphore {
namespace {

StderrLog::Level level_of(const CommandLine& line) {
  if (line.is_set("verbose")) return StderrLog::Level::kVerbose;
  return line.is_set("quiet") ? StderrLog::Level::kQuiet : StderrLog::Level::kNormal;
}

ExitStatus run(std::span<const char* const> arguments, Signals& signals, StderrLog& log) {
  CommandLine understood;
  const auto line = CommandLine::parse(arguments, &understood);
  log.set_level(level_of(understood));
  StdoutWriter output;
  JsonLog json_log(log, output);
  Log& told = understood.is_set("json") ? static_cast<Log&>(json_log) : log;
  const Session session{signals, told, output};
  if (!line) return fail_with(session, line.error());
  const auto mode = select_mode(*line);
  return mode ? (*mode)->run(*line, session) : fail_with(session, mode.error());
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
