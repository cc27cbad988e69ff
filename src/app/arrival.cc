#include "app/arrival.h"

#include <fmt/format.h>

#include "app/signing.h"

namespace remaphore {

void Arrival::follow(bool active, std::uint64_t times) {
  if (std::exchange(times_, times) != times) schedule_.subscribed();
  if (!active) schedule_.cut_off();
}

void Arrival::heard(const VerifiedMessage& message) {
  if (message.sender().public_key == options_.identity->public_key) return;
  schedule_.heard(message.sender().destination, clock_.monotonic());
}

void Arrival::tick(bool complete) {
  const MonotonicTime now = clock_.monotonic();
  if (failed_ || !passed(schedule_.due(complete), now)) return;
  const Message& draft = options_.message;
  const std::string bytes = sign_message(draft, draft.destination, clock_.now(), options_.identity->secret_key).bytes;
  if (bytes.size() > bus().max_payload()) {
    return fail(fmt::format("our signal is too large: {} bytes; the server takes at most {} (max_payload)",
                            bytes.size(), bus().max_payload()));
  }
  bus().publish({.subject = options_.subject, .payload = bytes});
  flush_ = bus().flush(*this);
  confirmed_ = false;
  schedule_.sent(now);
}

void Arrival::flushed(FlushId id) {
  if (flush_ == FlushId::kNone || id < flush_) return;  // of an earlier signal
  flush_ = FlushId::kNone;
  confirmed_ = ever_confirmed_ = true;
}

// The signal may be lost with the link. The next subscription brings another.
void Arrival::lost(const LinkLost&) { flush_ = FlushId::kNone; }

// Nothing else is published under this subject.
void Arrival::denied(const Denial& denial) {
  if (denial.of == Denial::Of::kPublication && denial.subject == options_.subject) fail(denial.text);
}

void Arrival::fail(std::string_view why) {
  if (!failed_) log_.failure(why);
  failed_ = true;
}

}  // namespace remaphore
