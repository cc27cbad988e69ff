#include "cli/send_mode.h"

#include "app/send.h"
#include "cli/inputs.h"
#include "cli/message_options.h"
#include "io/runtime.h"

namespace remaphore {

ExitStatus run_sender(const CommandLine& line, const Session& session) {
  const auto config = load_config(line, session);
  if (!config) return fail_with(session, config.error());
  auto options = message_options(line, *config);
  if (!options) return fail_with(session, options.error());
  tell_of_slips(line, options->message, session.log);
  if (const auto fetched = fetch_payload(line, *options, session); !fetched) return fail_with(session, fetched.error());
  if (options->timeout) options->started = session.start;
  auto connection = nats_options(*config, true, options->timeout.value_or(Publisher::kDefaultTimeout), session);
  if (!connection) return fail_with(session, connection.error());

  Runtime runtime(std::move(*connection), session.signals);
  runtime.loop.add(session.standard_error);
  const Deadline deadline = deadline_after(options->started.value_or(runtime.clock.monotonic()),
                                           options->timeout.value_or(Publisher::kDefaultTimeout));
  const ExitStatus status = send(*options, runtime.bus, runtime.clock, runtime.loop, session.log);
  if (status == ExitStatus::kOk && line.is_set("json")) session.output.write(sent_record(*options));
  session.output.finish(deadline);
  if (status != ExitStatus::kOk || !session.output.failure()) leave(status, session);
  session.log.error(session.output.failure()->message);
  return ExitStatus::kFailure;
}

}  // namespace remaphore
