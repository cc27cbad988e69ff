#include "cli/request_mode.h"

#include <fmt/format.h>

#include <memory>
#include <optional>
#include <utility>

#include "base/redact.h"
#include "base/text.h"
#include "cli/dry_run.h"
#include "cli/inputs.h"
#include "cli/message_options.h"
#include "cli/round_options.h"
#include "cli/targets.h"
#include "core/left_list.h"
#include "io/answer_folder.h"
#include "io/progress_display.h"
#include "io/runtime.h"
#include "io/whole_file.h"

namespace remaphore {
namespace {

// The command line, understood.
struct Request {
  RequestOptions options;
  Targets targets;  // the names: of the awaited nodes, in the order in which they are asked
  ReplyTracker tracker;
};

ReplyTracker tracker_of(const Targets& targets, const Config& config) {
  if (!targets.pattern) return ReplyTracker(config.peers, config.identities, targets.names, config.send_only);
  return ReplyTracker(config.peers, config.identities, *targets.pattern, config.send_only);
}

Result<void> check_numbers(const RequestOptions& options, const ReplyTracker& tracker, const Message& message) {
  const std::size_t awaited = tracker.awaited();
  if (awaited == 0) {
    const std::string pattern = escape_control(redact(message.destination));
    return fail(Errc::kUsage, tracker.addressed().all().empty()
                                  ? "no configured peer matches " + pattern
                                  : fmt::format("all peers that match {} are send_only", pattern));
  }
  const std::size_t required = options.require ? options.require->of(awaited) : 0;
  if (required <= awaited) return {};
  return fail(Errc::kUsage,
              fmt::format("option --require: {} must succeed, but only {} will be asked", required, awaited));
}

Result<Request> understand(const CommandLine& line, const Config& config, const Session& session) {
  auto options = request_options(line, config);
  if (!options) return pass_on(options);
  warn_of_typos(line, options->message, session.log);
  const auto nodes = fetch_nodes(line, session);
  if (!nodes) return pass_on(nodes);
  auto targets = targets_of(line, Mode::kRequest, config, *nodes, session.log);
  if (!targets) return pass_on(targets);
  ReplyTracker tracker = tracker_of(*targets, config);
  if (auto possible = check_numbers(*options, tracker, options->message); !possible) return pass_on(possible);
  auto rules = round_rules(line, tracker.awaited());
  if (!rules) return pass_on(rules);
  options->rounds = std::move(*rules);
  if (targets->pattern) {
    const auto awaited = tracker.awaited_nodes();
    targets->names.assign(awaited.begin(), awaited.end());
  } else {
    if (line.is_given("batch")) targets->names = in_order(line, std::move(targets->names));
    options->names = targets->names;
  }
  return Request{std::move(*options), std::move(*targets), std::move(tracker)};
}

// --left and --out-dir; --left may lie in a folder that --out-dir makes.
struct Files {
  std::optional<WholeFile> left;
  std::unique_ptr<AnswerFolder> answers;  // nullptr: none
};

Result<Files> prepare_files(const CommandLine& line, const ReplyTracker& tracker) {
  Files files;
  if (const auto& path = line.text("out-dir")) {
    std::vector<std::string_view> destinations;
    for (const Peer& peer : tracker.addressed().all()) destinations.push_back(peer.destination);
    auto answers = AnswerFolder::open(*path, destinations);
    if (!answers) return pass_on(answers);
    files.answers = std::move(*answers);
  }
  if (const auto& path = line.text("left")) {
    auto left = WholeFile::prepare(*path);
    if (!left) return pass_on(left);
    files.left = std::move(*left);
  }
  return files;
}

// Writes --left, even after a signal.
ExitStatus write_left(const Files& files, const Request& asked, ExitStatus status, const Session& session) {
  bool failed = files.answers && files.answers->failure();  // which was logged
  if (files.left) {
    if (const auto written = files.left->write(left_lines(asked.tracker, asked.targets.names)); !written) {
      session.log.failure(written.error().message);
      failed = true;
    }
  }
  if (!failed) return status;
  session.output.finish();  // the error of --json
  return ExitStatus::kFailure;
}

ExitStatus ask(Request& asked, const Config& config, const Files& files, NatsOptions connection,
               const CommandLine& line, const Session& session) {
  Runtime runtime(std::move(connection), session.signals);
  auto& [clock, bus, workers, loop] = runtime;
  loop.add(session.output);
  loop.add(session.standard_error);
  AnswerStore* const answers = files.answers.get();
  const std::optional<Terminal> terminal =
      shows_progress(line) ? Terminal::on_stderr(session.standard_error.queue()) : std::nullopt;
  if (!terminal) {
    const ExitStatus status = request(asked.options, config, asked.tracker,
                                      {.bus = bus,
                                       .clock = clock,
                                       .poller = loop,
                                       .output = session.output,
                                       .log = session.log,
                                       .workers = &workers,
                                       .answers = answers});
    leave(write_left(files, asked, status, session), session);
  }
  ProgressDisplay display(*terminal, session.signals, clock, session.output, session.log);
  loop.add(display);
  const ExitStatus status = request(asked.options, config, asked.tracker,
                                    {.bus = bus,
                                     .clock = clock,
                                     .poller = loop,
                                     .output = display.records(),
                                     .log = display.log(),
                                     .progress = &display,
                                     .workers = &workers,
                                     .answers = answers});
  return write_left(files, asked, status, session);
}

}  // namespace

Result<RequestOptions> request_options(const CommandLine& line, const Config& config) {
  RequestOptions options{};
  options.require = line.count("require");
  if (line.is_set("json")) options.format = AnswerFormat::kJson;
  if (line.is_set("gather")) options.format = AnswerFormat::kGathered;
  auto message = message_options(line, Mode::kRequest, config);
  if (!message) return pass_on(message);
  static_cast<SendOptions&>(options) = std::move(*message);
  return options;
}

ExitStatus run_requester(const CommandLine& line, const Session& session) {
  const auto config = load_config(line, session);
  if (!config) return fail_with(session, config.error());
  auto asked = understand(line, *config, session);
  if (!asked) return fail_with(session, asked.error());
  RequestOptions& options = asked->options;
  if (line.is_set("dry-run")) {
    const Rounds rounds(asked->targets.names.size(), options.rounds);
    return print_targets(asked->targets.names, line, session, line.is_given("batch") ? &rounds : nullptr);
  }
  const auto files = prepare_files(line, asked->tracker);
  if (!files) return fail_with(session, files.error());
  if (const auto agreed = confirm_targets(line, *config, options.message, asked->targets, session); !agreed) {
    return fail_with(session, agreed.error());
  }
  if (const auto fetched = fetch_payload(line, options, session); !fetched) return fail_with(session, fetched.error());
  if (options.timeout) options.started = session.start;
  auto connection =
      nats_options(*config, LinkUse::kSender, options.timeout.value_or(Publisher::kDefaultTimeout), session);
  if (!connection) return fail_with(session, connection.error());
  return ask(*asked, *config, *files, std::move(*connection), line, session);
}

}  // namespace remaphore
