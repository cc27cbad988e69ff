#include "app/send.h"

#include <string_view>

#include "app/turns.h"
#include "base/hex.h"

namespace remaphore {

ExitStatus send(const SendOptions& options, const BusPorts& ports) {
  const Duration timeout = options.timeout.value_or(Publisher::kDefaultTimeout);
  const Deadline deadline = deadline_after(options.started.value_or(ports.clock.monotonic()), timeout);
  BusDispatch dispatch(ports.bus);
  dispatch.connect();
  Publisher publisher(options, ports.clock, ports.log, ports.workers);
  dispatch.attach(publisher);
  const auto turn = [&] {
    dispatch.dispatch();
    return publisher.state() != Publisher::State::kUnsent && publisher.state() != Publisher::State::kSent;
  };
  const Ended ended = take_turns(ports.clock, ports.poller, turn, never, deadline);
  if (publisher.state() == Publisher::State::kConfirmed) return ExitStatus::kOk;
  if (publisher.state() == Publisher::State::kUncertain || ended == Ended::kTimeout) publisher.give_up(timeout);
  return ExitStatus::kFailure;
}

JsonObject sent_json(const SendOptions& options, std::string_view destination) {
  JsonObject json;
  json.text("type", "sent")
      .text("uuid", hex::encode(options.message.uuid.bytes()))
      .text("destination", destination)
      .text("verb", options.message.verb)
      .text("public_key", options.identity->public_key)
      .number("status", static_cast<int>(ExitStatus::kOk));
  return json;
}

std::string sent_records(const SendOptions& options) {
  std::string lines;
  for (std::size_t i = 0; i < options.count(); ++i) lines += sent_json(options, options.destination(i)).line();
  return lines;
}

}  // namespace remaphore
