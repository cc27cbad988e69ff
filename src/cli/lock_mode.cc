#include "cli/lock_mode.h"

#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <utility>

#include "cli/bus_options.h"
#include "cli/inputs.h"
#include "cli/supervision.h"
#include "core/lock_key.h"
#include "io/foreground_process.h"
#include "io/input_watch.h"
#include "io/runtime.h"
#include "io/spawn.h"
#include "io/status_line.h"
#include "io/version.h"

namespace remaphore {
namespace {

LockTerms terms_of(const CommandLine& line, const Config& config) {
  LockTerms terms;
  terms.slots = line.number("slots").value_or(1);
  const auto lease = std::chrono::floor<std::chrono::milliseconds>(line.duration("lease").value_or(kDefaultLease));
  terms.lease = Duration(lease);
  terms.who = config.destination;
  terms.host = host_name();
  terms.pid = getpid();
  return terms;
}

// If a signal ended the command, it ends us too, provided that it is one that ends tools normally; else we exit with
// the command's status.
ExitStatus end_as(const HoldLockResult& result, const Session& session) {
  if (!result.command) {
    session.output.finish();
    return result.status;
  }
  const ForegroundCommand::End& end = *result.command;
  session.standard_error.finish();
  // The terminal would have sent it to our whole group if the command had been in it.
  if (end.from_terminal) kill(0, end.signal);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGPIPE}) {
    if (end.signal == signal) session.signals.die_of(signal);
  }
  _exit(end.exit_status);
}

// The live line on a terminal. nullptr: none is wanted, or there is no terminal.
std::unique_ptr<StatusLine> view_for(const CommandLine& line, const HoldLockOptions& options, const Session& session) {
  if (line.is_set("quiet") || options.json) return nullptr;
  auto terminal = Terminal::on_stderr(session.standard_error.queue());
  if (!terminal) return nullptr;
  return std::make_unique<StatusLine>(std::move(*terminal), session.signals, session.log);
}

// Holds the lock: either the command or standard input.
struct Holder {
  std::unique_ptr<ForegroundProcess> command;
  std::unique_ptr<InputWatch> input;
};

Result<Holder> guarded_command(const Session& session, Log& log) {
  if (auto possible = check_processes_can_be_watched(); !possible) return pass_on(possible);
  auto guard = CommandGuard::start();
  if (!guard) return pass_on(guard);
  return Holder{std::make_unique<ForegroundProcess>(session.signals, std::move(*guard), log), nullptr};
}

Result<Holder> standard_input(const Session& session) {
  return Holder{nullptr, std::make_unique<InputWatch>(session.signals)};
}

// A command has standard output to itself.
void add_holder(EventLoop& loop, const Holder& holder, const Session& session) {
  if (holder.command) return loop.add(*holder.command);
  loop.add(*holder.input);
  loop.add(session.output);
}

}  // namespace

Result<HoldLockOptions> lock_options(const CommandLine& line, const Config& config) {
  HoldLockOptions options{};
  options.lock.name = line.text("lock").value_or("");
  if (auto valid = lock_key::check_name(options.lock.name); !valid) return pass_on(valid);
  options.command = line.arguments();
  options.json = line.is_set("json");
  if (options.json && !options.command.empty()) {
    return fail(Errc::kUsage, "option --json is only valid without a command: standard output is the command's");
  }
  if (!options.command.empty() && (line.text("ready-file") || line.text("ready-fd"))) {
    return fail(Errc::kUsage, "options --ready-file and --ready-fd are only valid without a command");
  }
  options.lock.terms = terms_of(line, config);
  if (const auto status = line.number("conflict-exit-status"))
    options.conflict_status = ExitStatus{static_cast<int>(*status)};
  const auto key = public_key(line);
  if (!key) return pass_on(key);
  const auto identity = lock_key::identity_for(config, options.lock.name, *key);
  if (!identity) return pass_on(identity);
  options.lock.identity = *identity;
  options.timeout = line.duration("timeout");
  options.wait = line.is_set("no-wait") ? Duration(0) : line.duration("wait");
  return options;
}

ExitStatus run_lock(const CommandLine& line, const Session& session) {
  const bool has_command = !line.arguments().empty();
  // A notification socket belongs to the command, like the rest of our environment.
  auto supervised = has_command ? Result<Supervision>(Supervision{}) : supervise(line, session.log);
  if (!supervised) return fail_with(session, supervised.error());
  const auto config = load_config(line, session);
  if (!config) return fail_with(session, config.error());
  auto options = lock_options(line, *config);
  if (!options) return fail_with(session, options.error());
  options->started = session.start;
  // Without a limit: the lock must be released even after -t.
  auto connection = nats_options(*config, LinkUse::kListener, Duration(0), session);
  if (!connection) return fail_with(session, connection.error());

  Runtime runtime(std::move(*connection), session.signals);
  auto& [clock, bus, workers, loop] = runtime;
  const std::unique_ptr<StatusLine> view = view_for(line, *options, session);
  Log& log = view ? view->log() : session.log;
  const auto holder = has_command ? guarded_command(session, log) : standard_input(session);
  if (!holder) return fail_with(session, holder.error());
  LoopAlarm alarm;
  add_holder(loop, *holder, session);
  loop.add(alarm);
  loop.add(session.standard_error);
  supervised->add_to(loop);
  if (view) loop.add(*view);

  return end_as(hold_lock(*options, *config,
                          {.bus = bus,
                           .clock = clock,
                           .poller = loop,
                           .alarm = alarm,
                           .log = log,
                           .output = session.output,
                           .command = holder->command.get(),
                           .input = holder->input.get(),
                           .view = view.get(),
                           .supervisors = supervised->listeners()}),
                session);
}

}  // namespace remaphore
