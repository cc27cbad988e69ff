#include <fmt/format.h>

#include "app/request.h"
#include "base/text.h"
#include "cli/inputs.h"
#include "cli/mode_options.h"
#include "cli/modes.h"
#include "io/event_loop.h"
#include "io/progress_display.h"
#include "io/system_clock.h"
#include "io/worker_threads.h"

namespace remaphore {

ExitStatus run_requester(const CommandLine& line, const Session& session) {
  const auto config = load_config(line, session.log);
  if (!config) return fail_with(session, config.error());
  auto options = request_options(line, *config);
  if (!options) return fail_with(session, options.error());
  if (const auto fetched = fetch_payload(line, *options, session.signals); !fetched)
    return fail_with(session, fetched.error());
  const auto watched = shows_progress(line);
  if (!watched) return fail_with(session, watched.error());
  Roster roster(config->peers, config->identities, options->message.destination);
  if (roster.awaited() == 0) {
    return fail_with(session,
                     {Errc::kUsage, "no configured peer matches " + escape_control(options->message.destination)});
  }
  if (const std::size_t required = options->require ? options->require->of(roster.awaited()) : 0;
      required > roster.awaited()) {
    return fail_with(
        session, {Errc::kUsage, fmt::format("option --require: {} have to succeed, but only {} will be asked", required,
                                            roster.awaited())});
  }
  auto connection = nats_options(*config, true, options->timeout.value_or(Publication::kDefaultTimeout), session.log);
  if (!connection) return fail_with(session, connection.error());

  const SystemClock clock;
  EventLoop loop(session.signals);
  NatsConnection bus(std::move(*connection), clock);
  loop.add(bus);
  loop.add(session.output);
  WorkerThreads workers;
  loop.add(workers);
  const std::optional<Terminal> terminal = *watched ? Terminal::on_stderr() : std::nullopt;
  if (!terminal) {
    leave(request(*options, *config, roster, {bus, clock, loop, session.output, session.log, nullptr, &workers}),
          session.signals);
  }
  ProgressDisplay display(*terminal, session.signals, clock, session.output, session.log);
  loop.add(display);
  return request(*options, *config, roster, {bus, clock, loop, display.records(), display.log(), &display, &workers});
}

}  // namespace remaphore
