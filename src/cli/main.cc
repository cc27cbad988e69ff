// The program: command line -> config -> one of the modes.

#include <sys/prctl.h>
#include <unistd.h>

#include <cstdlib>
#include <exception>

#include "app/json_log.h"
#include "cli/command_line.h"
#include "cli/mode_selection.h"
#include "cli/session.h"
#include "core/keys.h"
#include "io/command_guard.h"
#include "io/standard_descriptors.h"
#include "io/stderr_log.h"

namespace remaphore {
namespace {

StderrLog::Level level_of(const CommandLine& line) {
  if (line.is_set("verbose")) return StderrLog::Level::kVerbose;
  return line.is_set("quiet") ? StderrLog::Level::kQuiet : StderrLog::Level::kNormal;
}

[[noreturn]] void run(std::span<const char* const> arguments, Signals& signals, StderrLog& log) {
  CommandLine understood;
  const auto line = CommandLine::parse(arguments, &understood);
  log.set_level(level_of(understood));
  StdoutWriter output;
  JsonLog json_log(log, output);
  Log& mode_log = understood.is_set("json") ? static_cast<Log&>(json_log) : log;
  const Session session{signals, mode_log, output, log, std::chrono::steady_clock::now()};
  if (!line) leave(fail_with(session, line.error()), session);
  const auto mode = select_mode(*line);
  leave(mode ? (*mode)->run(*line, session) : fail_with(session, mode.error()), session);
}

}  // namespace
}  // namespace remaphore

// Replaces libstdc++'s own handler, which names the type of the exception: its demangler is 50 KB, and every start
// would relocate its tables. Only a broken invariant gets here, see the end of main().
void __gnu_cxx::__verbose_terminate_handler() { std::abort(); }

int main(int count, char** arguments) {
  using namespace remaphore;
  if (is_command_guard(count, arguments)) run_command_guard();
  StderrLog log("remaphore", StderrLog::Level::kNormal);
  try {
    if (const auto occupied = occupy_standard_descriptors(); !occupied) {
      log.error(occupied.error().message);
      log.finish();
      _exit(static_cast<int>(ExitStatus::kFailure));
    }
    prctl(PR_SET_DUMPABLE, 0);  // no core files with keys in them; unlike a resource limit not passed on to commands
    Signals signals;
    keys::initialize();
    run(std::span<const char* const>(arguments, static_cast<std::size_t>(count)).subspan(count > 0 ? 1 : 0), signals,
        log);
  } catch (const std::exception& error) {  // from libraries, and std::bad_alloc
    log.error(error.what());
    log.finish();
  }
  _exit(static_cast<int>(ExitStatus::kFailure));
}
