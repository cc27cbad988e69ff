#include "cli/send_mode.h"

#include <functional>
#include <string>
#include <utility>

#include "app/send.h"
#include "app/stored_send.h"
#include "cli/dry_run.h"
#include "cli/inputs.h"
#include "cli/message_options.h"
#include "cli/targets.h"
#include "io/runtime.h"
#include "jetstream/request.h"

namespace remaphore {
namespace {

// With --json, prints an object for each message sent. If some were not sent, the reason has been logged.
ExitStatus deliver(const SendOptions& options, Runtime& runtime, const CommandLine& line, const Session& session) {
  const ExitStatus status = send(options, runtime.ports(session.log));
  if (status == ExitStatus::kOk && line.is_set("json")) session.output.write(sent_records(options));
  return status;
}

ExitStatus keep(const SendOptions& options, const Config& config, Runtime& runtime, const CommandLine& line,
                const Session& session) {
  std::function<void(std::string)> tell;
  if (line.is_set("json")) {
    tell = [&output = session.output](std::string record) { output.write(std::move(record)), output.flush(); };
  }
  const std::string stream = jetstream::stream_name(config.subject);
  const auto kept = send_stored(options, stream, runtime.ports(session.log), tell);
  return kept.size() == options.count() ? ExitStatus::kOk : ExitStatus::kFailure;
}

}  // namespace

ExitStatus run_sender(const CommandLine& line, const Session& session) {
  const auto config = load_config(line, session);
  if (!config) return fail_with(session, config.error());
  auto options = message_options(line, Mode::kSend, *config);
  if (!options) return fail_with(session, options.error());
  warn_of_typos(line, options->message, session.log);
  const auto nodes = fetch_nodes(line, session);
  if (!nodes) return fail_with(session, nodes.error());
  auto targets = targets_of(line, Mode::kSend, *config, *nodes, session.log);
  if (!targets) return fail_with(session, targets.error());
  if (line.is_set("dry-run")) return print_targets(targets->names, line, session);
  if (const auto agreed = confirm_targets(line, *config, options->message, *targets, session); !agreed) {
    return fail_with(session, agreed.error());
  }
  if (!targets->pattern) options->names = std::move(targets->names);
  if (const auto fetched = fetch_payload(line, *options, session); !fetched) return fail_with(session, fetched.error());
  if (options->timeout) options->started = session.start;
  auto connection =
      nats_options(*config, LinkUse::kSender, options->timeout.value_or(Publisher::kDefaultTimeout), session);
  if (!connection) return fail_with(session, connection.error());

  Runtime runtime(std::move(*connection), session.signals);
  runtime.loop.add(session.output);
  runtime.loop.add(session.standard_error);
  const Deadline deadline = deadline_after(options->started.value_or(runtime.clock.monotonic()),
                                           options->timeout.value_or(Publisher::kDefaultTimeout));
  const ExitStatus status = line.is_set("stored") ? keep(*options, *config, runtime, line, session)
                                                  : deliver(*options, runtime, line, session);
  session.output.finish(deadline);
  if (status != ExitStatus::kOk || !session.output.failure()) leave(status, session);
  session.log.error(session.output.failure()->message);
  return ExitStatus::kFailure;
}

}  // namespace remaphore
