#include "app/send.h"

#include "base/hex.h"
#include "base/json_text.h"

namespace remaphore {

ExitStatus send(const SendOptions& options, Bus& bus, const Clock& clock, Waiter& waiter, Log& log) {
  const Duration timeout = options.timeout.value_or(Publication::kDefaultTimeout);
  const Deadline deadline = deadline_after(clock.monotonic(), timeout);
  bus.connect();
  Publication publication(options, clock, bus, log);
  while (true) {
    while (const auto event = bus.next()) {
      switch (publication.handle(*event)) {
        case Publication::State::kConfirmed: return ExitStatus::kOk;
        case Publication::State::kFailed: return ExitStatus::kFailure;
        default: break;
      }
    }
    if (waiter.stop_signal()) return ExitStatus::kFailure;
    if (passed(deadline, clock.monotonic())) {
      publication.give_up(timeout);
      return ExitStatus::kFailure;
    }
    waiter.wait(deadline);
  }
}

std::string sent_record(const SendOptions& options) {
  JsonObject json;
  json.text("type", "sent")
      .text("uuid", hex::encode(options.message.uuid.bytes()))
      .text("destination", options.message.destination)
      .text("verb", options.message.verb)
      .text("public_key", options.identity->public_key)
      .number("status", static_cast<int>(ExitStatus::kOk));
  return json.line();
}

}  // namespace remaphore
