#include "app/presence_responder.h"

#include "core/subject.h"
#include "core/trust.h"

namespace remaphore {

PresenceResponder::PresenceResponder(const Config& config, const Presence& presence, const PresencePorts& ports)
    : peers_(config.peers),
      subject_(subject::broadcast(config.subject, kWhoSubject)),
      presence_(presence),
      ports_(ports) {
  filter_.destination = config.destination;
}

void PresenceResponder::opened() { bus().subscribe(*this, subject_); }

void PresenceResponder::delivered(const Delivery& message) {
  auto screened = screen_question(message.payload, message.arrival, {peers_, filter_});
  if (!screened || !checks_.allow(ports_.clock.monotonic())) return;
  const auto question = verify_question(std::move(*screened));
  if (!question || !answers_.allow(ports_.clock.monotonic())) return;
  ports_.replies.add({question->hash(), 0, format_presence(describe())});
  ports_.replies.flush();
}

// The credentials predate this subject: presence questions go unanswered, and nothing else is affected.
void PresenceResponder::denied(const Denial& denial) {
  if (denial.subject == subject_) ports_.log.verbose(denial.text);
}

Presence PresenceResponder::describe() const {
  Presence presence = presence_;
  presence.running = ports_.handler.running();
  presence.queued = ports_.inbound.queued() + ports_.handler.held();
  presence.handled = ports_.handler.received();
  presence.refused = ports_.inbound.refused();
  presence.clock = ports_.clock.now();
  return presence;
}

}  // namespace remaphore
