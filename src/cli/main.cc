// The program: command line -> config -> one of the modes.

#include <fcntl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <fmt/format.h>

#include <exception>
#include <memory>
#include <string>
#include <utility>

#include "app/json_log.h"
#include "app/listen.h"
#include "app/request.h"
#include "app/send.h"
#include "check/check_node.h"
#include "cli/command_line.h"
#include "cli/mode_options.h"
#include "cli/option_table.h"
#include "core/example_config.h"
#include "core/json_text.h"
#include "core/keys.h"
#include "core/text.h"
#include "io/audit_file.h"
#include "io/config_file.h"
#include "io/credentials_file.h"
#include "io/event_loop.h"
#include "io/nats_connection.h"
#include "io/payload_file.h"
#include "io/progress_display.h"
#include "io/readiness.h"
#include "io/service_notifier.h"
#include "io/signals.h"
#include "io/state_dir.h"
#include "io/stderr_log.h"
#include "io/stdout_writer.h"
#include "io/subprocess.h"
#include "io/system_clock.h"
#include "io/version.h"

namespace remaphore {
namespace {

// What every run has from its start.
struct Session {
  Signals& signals;
  Log& log;
  StdoutWriter& output;
};

ExitStatus fail_with(const Session& session, const Error& error) {
  const bool ours = error.code == Errc::kUsage || error.code == Errc::kConfig;
  const ExitStatus status = ours ? ExitStatus::kUsage : ExitStatus::kFailure;
  session.log.failure(error.message, status);
  session.output.finish();
  return status;
}

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

std::string config_path(const CommandLine& line) {
  return line.text(OptionId::kConfig).value_or(std::string(kDefaultConfigPath));
}

Result<NatsOptions> nats_options(const Config& config, bool sending, Log& log) {
  std::string warning;
  auto credentials = read_credentials(config.credentials, &warning);
  if (!credentials) return Unexpected<Error>(std::move(credentials.error()));
  if (!warning.empty()) log.notice(warning);
  const TlsFiles tls{config.tls_ca, config.tls_cert, config.tls_key};
  if (tls.any()) {
    if (auto usable = TlsStream::start(-1, "localhost", tls); !usable) {
      return fail(Errc::kConfig, std::move(usable.error().message));
    }
  }
  return NatsOptions{.servers = config.servers,
                     .credentials = config.credentials,
                     .loaded = std::move(*credentials),
                     .tls = tls,
                     .refusals = sending ? 1u : 2u,
                     .leaves_lame_duck = !sending};
}

// --stdin and --payload-file. What the reading takes is taken off -t.
Result<void> fetch_payload(const CommandLine& line, SendOptions& options, Signals& signals) {
  const auto& file = line.text(OptionId::kPayloadFile);
  if (!file && !line.is_set(OptionId::kStdin)) return {};
  const MonotonicTime start = std::chrono::steady_clock::now();
  const Deadline deadline = deadline_after(start, options.timeout.value_or(Duration(0)));
  auto payload = read_payload(file.value_or(""), signals, deadline);
  if (!payload) return Unexpected<Error>(std::move(payload.error()));
  options.message.payload = std::move(*payload);
  if (deadline) options.timeout = std::max(Duration(1), Duration(*deadline - std::chrono::steady_clock::now()));
  return {};
}

ExitStatus run_sender(const CommandLine& line, const Config& config, const Session& session) {
  auto options = send_options(line, config);
  if (!options) return fail_with(session, options.error());
  if (const auto fetched = fetch_payload(line, *options, session.signals); !fetched) return fail_with(session, fetched.error());
  auto connection = nats_options(config, true, session.log);
  if (!connection) return fail_with(session, connection.error());

  const SystemClock clock;
  EventLoop loop(session.signals);
  NatsConnection bus(std::move(*connection), clock);
  loop.add(bus);
  const ExitStatus status = send(*options, bus, clock, loop, session.log);
  if (status == ExitStatus::kOk && line.is_set(OptionId::kJson)) session.output.write(sent_record(*options));
  session.output.finish();
  if (status != ExitStatus::kOk || !session.output.failure()) return status;
  session.log.error(session.output.failure()->message);
  return ExitStatus::kFailure;
}

ExitStatus run_requester(const CommandLine& line, const Config& config, const Session& session) {
  auto options = request_options(line, config);
  if (!options) return fail_with(session, options.error());
  if (const auto fetched = fetch_payload(line, *options, session.signals); !fetched) return fail_with(session, fetched.error());
  const auto watched = shows_progress(line);
  if (!watched) return fail_with(session, watched.error());
  Roster roster(config.peers, config.identities, options->message.destination);
  if (roster.awaited() == 0) {
    return fail_with(session, {Errc::kUsage, "no configured peer matches " + escape_control(options->message.destination, false)});
  }
  if (const std::size_t required = options->require ? options->require->of(roster.awaited()) : 0; required > roster.awaited()) {
    return fail_with(session, {Errc::kUsage, fmt::format("option --require: {} have to succeed, but only {} will be asked", required,
                                                     roster.awaited())});
  }
  auto connection = nats_options(config, true, session.log);
  if (!connection) return fail_with(session, connection.error());

  const SystemClock clock;
  EventLoop loop(session.signals);
  NatsConnection bus(std::move(*connection), clock);
  loop.add(bus);
  loop.add(session.output);
  const std::optional<Terminal> terminal = *watched ? Terminal::on_stderr() : std::nullopt;
  if (!terminal) return request(*options, config, roster, {bus, clock, loop, session.output, session.log});
  ProgressDisplay display(*terminal, session.signals, clock, session.output, session.log);
  loop.add(display);
  return request(*options, config, roster, {bus, clock, loop, display.records(), display.log(), &display});
}

// What tells our supervisors about us. Before the config is read: nobody shall take a former run's file for ours.
struct Supervision {
  std::unique_ptr<Readiness> readiness;
  std::unique_ptr<ServiceNotifier> notifier;
};

Result<Supervision> supervision(const CommandLine& line, Log& log) {
  std::optional<int> descriptor;
  if (const auto number = line.number(OptionId::kReadyFd)) descriptor = static_cast<int>(*number);
  auto readiness = Readiness::prepare(line.text(OptionId::kReadyFile), descriptor, log);
  if (!readiness) return Unexpected<Error>(std::move(readiness.error()));
  return Supervision{std::move(*readiness), ServiceNotifier::from_environment(log)};
}

ExitStatus run_listener(const CommandLine& line, const Config& config, const Supervision& supervised, const Session& session) {
  const auto options = listen_options(line, config);
  if (!options) return fail_with(session, options.error());
  auto connection = nats_options(config, false, session.log);
  if (!connection) return fail_with(session, connection.error());

  const SystemClock clock;
  std::unique_ptr<StateDir> state;
  if (const auto& path = line.text(OptionId::kState)) {
    auto opened = StateDir::open(*path);
    if (!opened) return fail_with(session, opened.error());
    state = std::move(*opened);
  }
  std::unique_ptr<AuditFile> audit;
  if (const auto& path = line.text(OptionId::kAudit)) {
    auto opened = AuditFile::open(*path, clock, session.log);
    if (!opened) return fail_with(session, opened.error());
    audit = std::move(*opened);
  }

  EventLoop loop(session.signals);
  NatsConnection bus(std::move(*connection), clock);
  Subprocess scripts(session.signals);
  loop.add(bus);
  loop.add(scripts);
  loop.add(session.output);
  std::vector<ServiceStatus*> supervisors{supervised.readiness.get()};
  if (supervised.notifier) {
    loop.add(*supervised.notifier);
    supervisors.push_back(supervised.notifier.get());
  }
  return listen(*options, config, {bus, clock, loop, scripts, session.output, session.log, {state.get(), audit.get()}, std::move(supervisors)});
}

ExitStatus run_check(const CommandLine& line, const Session& session) {
  const auto options = check_options(line);
  if (!options) return fail_with(session, options.error());
  Checklist list(line.is_set(OptionId::kJson) ? Checklist::Format::kJson : Checklist::Format::kText);
  check_node(config_path(line), options->ping, session.signals, list);
  const ExitStatus status = list.all_good() ? ExitStatus::kOk : ExitStatus::kNotReady;
  list.end(status);
  if (list.written()) return status;
  session.log.error(list.written().error().message);
  return ExitStatus::kFailure;
}

ExitStatus run_mode(const CommandLine& line, const Session& session) {
  if (line.is_set(OptionId::kHelp)) return print_text(line, session.log, "help", help_text());
  if (line.is_set(OptionId::kVersion)) return print_text(line, session.log, "version", "remaphore " + std::string(kVersion) + "\n");
  if (line.is_set(OptionId::kExampleConfig)) {
    return print_text(line, session.log, "example_config", example_config(SecretKey::generate()));
  }

  if (line.is_set(OptionId::kCheck)) return run_check(line, session);
  if (line.is_set(OptionId::kPing)) return fail_with(session, {Errc::kUsage, "option --ping belongs to --check"});

  const bool sending = line.is_set(OptionId::kSend), requesting = line.is_set(OptionId::kRequest);
  if (sending && requesting) return fail_with(session, {Errc::kUsage, "options -s and -r do not go together"});
  Supervision supervised;
  if (!sending && !requesting) {
    auto started = supervision(line, session.log);
    if (!started) return fail_with(session, started.error());
    supervised = std::move(*started);
  }
  const auto config = read_config(config_path(line));
  if (!config) return fail_with(session, config.error());
  for (const std::string& warning : config->warnings) session.log.notice(warning);
  if (sending) return run_sender(line, *config, session);
  if (requesting) return run_requester(line, *config, session);
  return run_listener(line, *config, supervised, session);
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

// A descriptor from 0 to 2 that is closed would be given to the next socket, and payloads would be printed to the server.
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
    status = run(std::span<const char* const>(arguments, static_cast<std::size_t>(count)).subspan(count > 0 ? 1 : 0), signals, log);
    if (const auto signal = signals.stop_signal()) signals.die_of(*signal);
  } catch (const std::exception& error) {  // from libraries, and std::bad_alloc
    log.error(error.what());
  }
  _exit(static_cast<int>(status));
}
