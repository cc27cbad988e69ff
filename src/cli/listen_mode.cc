#include "cli/listen_mode.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/hex.h"
#include "cli/barrier_options.h"
#include "cli/inputs.h"
#include "cli/message_options.h"
#include "cli/supervision.h"
#include "io/audit_file.h"
#include "io/config_watch.h"
#include "io/memory_limit.h"
#include "io/progress_display.h"
#include "io/runtime.h"
#include "io/spawn.h"
#include "io/state_dir.h"
#include "io/subprocess.h"
#include "io/system_clock.h"
#include "io/version.h"
#include "jetstream/request.h"

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
    if (!opened) return Unexpected<Error>(std::move(opened.error()));
    records.state = std::move(*opened);
  }
  if (const auto& path = line.text("audit")) {
    auto opened = AuditFile::open(*path, clock, log);
    if (!opened) return Unexpected<Error>(std::move(opened.error()));
    records.audit = std::move(*opened);
  }
  return records;
}

// The part of a presence answer that does not change while the listener runs.
Presence presence_of(const ListenOptions& options, const Config& config) {
  Presence presence;
  presence.version = kVersion;
  presence.destination = config.destination;
  presence.pid = getpid();
  std::array<char, 256> host{};
  if (gethostname(host.data(), host.size() - 1) == 0) presence.host = host.data();
  presence.since = SystemClock().now();
  presence.verbs = options.filter.verbs;
  if (options.filter.uuid) presence.uuid = hex::encode(options.filter.uuid->bytes());
  presence.has_command = !options.command.empty();
  presence.jobs = options.jobs;
  return presence;
}

// --since and --last, once the goal and the command are known.
Result<void> read_kept(const CommandLine& line, const Config& config, ListenOptions& options) {
  const auto since = line.duration("since");
  if (!since) {
    if (line.is_set("last")) return fail(Errc::kUsage, "option --last needs --since");
    return {};
  }
  options.kept = {jetstream::stream_name(config.subject), *since, line.is_set("last")};
  const bool one_shot = options.goal.exists() && !options.goal.is_barrier();
  if (options.kept->newest && !one_shot) {
    return fail(Errc::kUsage, "option --last needs -o or -u: without them every message counts");
  }
  const bool runs_all = !options.command.empty() && !one_shot;
  if (runs_all && !line.text("state")) {
    return fail(
        Errc::kUsage,
        "option --since with a command needs --state DIR: without it a restart would run the same messages again");
  }
  return {};
}

}  // namespace

Result<ListenOptions> listen_options(const CommandLine& line, const Config& config) {
  ListenOptions options;
  options.command = line.arguments();

  const auto& destination = line.text("destination");
  if (line.is_set("any-destination")) {
    if (destination) return fail(Errc::kUsage, "options -d and -D cannot be combined");
  } else {
    options.filter.destination = destination.value_or(config.destination);
    options.filter.literal_destination = destination.has_value();
  }
  if (const auto& uuid = line.text("uuid")) options.filter.uuid = Uuid::from_text(*uuid);
  auto verbs = verbs_of(line);
  if (!verbs) return Unexpected<Error>(std::move(verbs.error()));
  options.filter.verbs = std::move(*verbs);
  auto key = public_key(line);
  if (!key) return Unexpected<Error>(std::move(key.error()));
  if (!key->empty()) options.filter.public_key = std::move(*key);
  if (line.is_set("payload-stdin")) options.payload = PayloadAs::kStandardInput;
  options.jobs = line.number("jobs").value_or(1);
  options.script_timeout = line.duration("script-timeout");
  if (options.script_timeout && options.script_timeout->count() == 0) options.script_timeout.reset();  // 0: no bound
  auto barrier = barrier_options(line, config);
  if (!barrier) return Unexpected<Error>(std::move(barrier.error()));
  if (*barrier) {
    options.goal = std::move((*barrier)->goal);
    options.arrival = std::move((*barrier)->arrival);
  } else if (line.is_set("once") || options.filter.uuid) {
    options.goal = Goal::first_match();
  }
  options.delay = {line.duration("splay").value_or(Duration(0)), line.duration("start-after").value_or(Duration(0))};
  if (options.delay.splay.count() > 0 && options.delay.after_signed.count() > 0) {
    return fail(Errc::kUsage, "options --splay and --start-after cannot be combined");
  }
  if (line.is_given("splay") && options.command.empty()) {
    return fail(Errc::kUsage, "option --splay needs a command");
  }
  options.grace = line.duration("grace").value_or(Duration(0));
  options.json = line.is_set("json");
  options.pass_exit_status = line.is_set("exit-status");
  if (options.pass_exit_status && (!options.goal.exists() || options.command.empty())) {
    return fail(Errc::kUsage, "option --exit-status needs -o and a command");
  }

  if (config.presence) options.presence = presence_of(options, config);
  auto subject = broadcast_subject(line, config);
  if (!subject) return Unexpected<Error>(std::move(subject.error()));
  options.subject = std::move(*subject);
  options.timeout = line.duration("timeout");
  if (auto kept = read_kept(line, config, options); !kept) return Unexpected<Error>(std::move(kept.error()));
  return options;
}

ExitStatus run_listener(const CommandLine& line, const Session& session) {
  const auto supervised = supervise(line, session.log);
  if (!supervised) return fail_with(session, supervised.error());
  ConfigWatch watch(config_path(line), session.log);
  const auto config = load_config(line, session);
  if (!config) return fail_with(session, config.error());
  auto options = listen_options(line, *config);
  if (!options) return fail_with(session, options.error());
  if (options->arrival) {
    options->arrival->timeout = options->timeout;
    if (const auto fetched = fetch_payload(line, *options->arrival, session); !fetched) {
      return fail_with(session, fetched.error());
    }
  }
  options->limits = InboundQueue::Limits::within(memory_limit());
  if (!options->command.empty()) {
    if (auto possible = check_processes_can_be_watched(); !possible) return fail_with(session, possible.error());
  }
  if (options->timeout) options->started = session.start;
  auto connection = nats_options(*config, false, options->timeout.value_or(Duration(0)), session);
  if (!connection) return fail_with(session, connection.error());

  Runtime runtime(std::move(*connection), session.signals);
  auto& [clock, bus, workers, loop] = runtime;
  watch.on_change([&bus = runtime.bus](const Config& changed) { bus.move_to(nats_servers(changed)); });
  const auto records = open_records(line, clock, session.log);
  if (!records) return fail_with(session, records.error());

  // Not while commands write to the same terminal.
  std::optional<ProgressDisplay> display;
  const bool alone = options->command.empty() || options->json;
  if (options->goal.is_barrier() && alone && shows_progress(line)) {
    if (auto terminal = Terminal::on_stderr(session.standard_error.queue())) {
      display.emplace(std::move(*terminal), session.signals, clock, session.output, session.log);
      watch.log_to(display->log());
    }
  }
  Log& log = display ? display->log() : session.log;
  Subprocess commands(session.signals, log);
  loop.add(commands);
  if (alone) loop.add(session.output);  // else it is the commands' alone
  loop.add(session.standard_error);
  loop.add(watch);
  supervised->add_to(loop);
  if (display) loop.add(*display);
  return listen(*options, *config,
                {bus,
                 clock,
                 loop,
                 commands,
                 display ? display->records() : session.output,
                 log,
                 {records->state.get(), records->audit.get()},
                 supervised->listeners(),
                 &workers,
                 &watch,
                 display ? &*display : nullptr});
}

}  // namespace remaphore
