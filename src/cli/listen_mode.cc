#include "cli/listen_mode.h"

#include <memory>
#include <utility>

#include "app/listen.h"
#include "cli/barrier_options.h"
#include "cli/inputs.h"
#include "cli/listen_options.h"
#include "cli/supervision.h"
#include "cli/targets.h"
#include "io/audit_file.h"
#include "io/config_watch.h"
#include "io/memory_limit.h"
#include "io/progress_display.h"
#include "io/runtime.h"
#include "io/spawn.h"
#include "io/state_dir.h"
#include "io/subprocess.h"

namespace remaphore {
namespace {

// --state and --audit.
struct Records {
  std::unique_ptr<StateDir> state;
  std::unique_ptr<AuditFile> audit;
};

Result<Records> open_records(const CommandLine& line, const Clock& clock, Log& log) {
  Records records;
  if (const auto& path = line.text("state")) {
    auto opened = StateDir::open(*path);
    if (!opened) return pass_on(opened);
    records.state = std::move(*opened);
  }
  if (const auto& path = line.text("audit")) {
    auto opened = AuditFile::open(*path, clock, log);
    if (!opened) return pass_on(opened);
    records.audit = std::move(*opened);
  }
  return records;
}

// The options, with everything that is read or found out before there is a link.
Result<ListenOptions> read_options(const CommandLine& line, const Config& config, const Session& session) {
  auto options = listen_options(line, config);
  if (!options) return options;
  if (options->goal.is_barrier()) {
    const std::string why = why_incomplete(options->goal, options->filter, config.peers);
    if (!why.empty()) session.log.notice(why);
  }
  if (options->arrival) {
    auto agreed = confirm_targets(line, config, options->arrival->message, everybody(config), session);
    if (!agreed) return pass_on(agreed);
    options->arrival->timeout = options->timeout;
    auto fetched = fetch_payload(line, *options->arrival, session);
    if (!fetched) return pass_on(fetched);
  }
  options->limits = InboundQueue::Limits::within(memory_limit());
  if (!options->command.empty()) {
    auto possible = check_processes_can_be_watched();
    if (!possible) return pass_on(possible);
  }
  if (options->timeout) options->started = session.start;
  return options;
}

// Whether standard output and the terminal are ours alone, or also of the commands.
bool has_output_alone(const ListenOptions& options) { return options.command.empty() || options.json; }

// The live view of a barrier. nullptr: none is wanted, or commands write to the same terminal.
std::unique_ptr<ProgressDisplay> display_for(const CommandLine& line, const ListenOptions& options, const Clock& clock,
                                             const Session& session) {
  if (!options.goal.is_barrier() || !has_output_alone(options) || !shows_progress(line)) return nullptr;
  auto terminal = Terminal::on_stderr(session.standard_error.queue());
  if (!terminal) return nullptr;
  return std::make_unique<ProgressDisplay>(std::move(*terminal), session.signals, clock, session.output, session.log);
}

}  // namespace

ExitStatus run_listener(const CommandLine& line, const Session& session) {
  const auto supervised = supervise(line, session.log);
  if (!supervised) return fail_with(session, supervised.error());
  ConfigWatch watch(config_path(line), session.log);
  const auto config = load_config(line, session);
  if (!config) return fail_with(session, config.error());
  const auto options = read_options(line, *config, session);
  if (!options) return fail_with(session, options.error());
  auto connection = nats_options(*config, LinkUse::kListener, options->timeout.value_or(Duration(0)), session);
  if (!connection) return fail_with(session, connection.error());

  Runtime runtime(std::move(*connection), session.signals);
  auto& [clock, bus, workers, loop] = runtime;
  watch.on_change([&bus = runtime.bus](const Config& changed) { bus.move_to(nats_servers(changed)); });
  const auto records = open_records(line, clock, session.log);
  if (!records) return fail_with(session, records.error());

  const auto display = display_for(line, *options, clock, session);
  if (display) watch.log_to(display->log());
  Log& log = display ? display->log() : session.log;
  Subprocess commands(session.signals, log);
  loop.add(commands);
  if (has_output_alone(*options)) loop.add(session.output);  // else it is the commands' alone
  loop.add(session.standard_error);
  loop.add(watch);
  supervised->add_to(loop);
  if (display) loop.add(*display);
  return listen(*options, *config,
                {.bus = bus,
                 .clock = clock,
                 .poller = loop,
                 .commands = commands,
                 .output = display ? display->records() : session.output,
                 .log = log,
                 .records = {records->state.get(), records->audit.get()},
                 .supervisors = supervised->listeners(),
                 .workers = &workers,
                 .updates = &watch,
                 .view = display.get()});
}

}  // namespace remaphore
