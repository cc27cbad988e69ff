#include "cli/request_mode.h"

#include <fmt/format.h>

#include <utility>

#include "base/redact.h"
#include "base/text.h"
#include "cli/dry_run.h"
#include "cli/inputs.h"
#include "cli/message_options.h"
#include "cli/targets.h"
#include "io/progress_display.h"
#include "io/runtime.h"

namespace remaphore {
namespace {

// --progress: show on a terminal which nodes have answered.
bool shows_progress(const CommandLine& line) {
  return line.text("progress").value_or("auto") == "auto" && !line.is_set("quiet");
}

ReplyTracker roster_of(const Targets& targets, const Config& config) {
  if (!targets.pattern) return ReplyTracker(config.peers, config.identities, targets.names, config.send_only);
  return ReplyTracker(config.peers, config.identities, *targets.pattern, config.send_only);
}

}  // namespace

Result<RequestOptions> request_options(const CommandLine& line, const Config& config) {
  RequestOptions options{};
  options.require = line.count("require");
  const bool json = line.is_set("json"), gather = line.is_set("gather");
  if (json && gather) return fail(Errc::kUsage, "options --json and --gather do not go together");
  options.format = json ? AnswerFormat::kJson : gather ? AnswerFormat::kGathered : AnswerFormat::kRecords;
  auto message = message_options(line, config);
  if (!message) return Unexpected<Error>(std::move(message.error()));
  static_cast<SendOptions&>(options) = std::move(*message);
  return options;
}

ExitStatus run_requester(const CommandLine& line, const Session& session) {
  const auto config = load_config(line, session);
  if (!config) return fail_with(session, config.error());
  auto options = request_options(line, *config);
  if (!options) return fail_with(session, options.error());
  tell_of_slips(line, options->message, session.log);
  const auto nodes = fetch_nodes(line, session);
  if (!nodes) return fail_with(session, nodes.error());
  auto targets = targets_of(line, *config, *nodes, session.log);
  if (!targets) return fail_with(session, targets.error());
  ReplyTracker roster = roster_of(*targets, *config);
  if (roster.awaited() == 0) {
    const std::string pattern = escape_control(redact(options->message.destination));
    return fail_with(session, {Errc::kUsage, roster.addressed().all().empty()
                                                 ? "no configured peer matches " + pattern
                                                 : fmt::format("all peers that match {} are send_only", pattern)});
  }
  if (const std::size_t required = options->require ? options->require->of(roster.awaited()) : 0;
      required > roster.awaited()) {
    return fail_with(
        session, {Errc::kUsage, fmt::format("option --require: {} have to succeed, but only {} will be asked", required,
                                            roster.awaited())});
  }
  if (targets->pattern) {
    const auto awaited = roster.awaited_nodes();
    targets->names.assign(awaited.begin(), awaited.end());
  }
  if (line.is_set("dry-run")) return print_targets(targets->names, line, session);
  if (const auto agreed = confirm_targets(line, *config, options->message, *targets, session); !agreed) {
    return fail_with(session, agreed.error());
  }
  if (!targets->pattern) options->names = std::move(targets->names);
  if (const auto fetched = fetch_payload(line, *options, session); !fetched) return fail_with(session, fetched.error());
  if (options->timeout) options->started = session.start;
  auto connection = nats_options(*config, true, options->timeout.value_or(Publisher::kDefaultTimeout), session);
  if (!connection) return fail_with(session, connection.error());

  Runtime runtime(std::move(*connection), session.signals);
  auto& [clock, bus, workers, loop] = runtime;
  loop.add(session.output);
  loop.add(session.standard_error);
  const std::optional<Terminal> terminal =
      shows_progress(line) ? Terminal::on_stderr(session.standard_error.queue()) : std::nullopt;
  if (!terminal) {
    leave(request(*options, *config, roster, {bus, clock, loop, session.output, session.log, nullptr, &workers}),
          session);
  }
  ProgressDisplay display(*terminal, session.signals, clock, session.output, session.log);
  loop.add(display);
  return request(*options, *config, roster, {bus, clock, loop, display.records(), display.log(), &display, &workers});
}

}  // namespace remaphore
