#include "app/ask.h"

namespace remaphore {

Ask::Ask(const SendOptions& options, const Config& config, ReplyTracker& tracker, Duration allow_skew,
         const AskPorts& ports)
    : clock_(ports.clock),
      tracker_(tracker),
      publisher_(options, ports.clock, ports.log, ports.workers),
      replies_(publisher_, {config, tracker.addressed(), allow_skew}, ports.clock, ports.log, ports.workers) {
  if (publisher_.size() > 1) {
    for (std::size_t i = 0; i < publisher_.size(); ++i) messages_.emplace(publisher_.destination(i), i);
  }
  ports.bus.attach(replies_);  // subscriptions are restored before further messages are sent
  ports.bus.attach(publisher_);
}

ReplyTracker::Answered Ask::record(const VerifiedReply& reply, std::int64_t exit_status) {
  any_reply_ = true;
  return tracker_.record(reply, exit_status);
}

void Ask::ignore(const VerifiedReply& reply, const char* reason) {
  replies_.refuse({RefusalCode::kFormat, reason, &reply.sender(), {}});
}

std::size_t Ask::message_of(const VerifiedReply& reply) const {
  return messages_.empty() ? 0 : messages_.at(reply.sender().destination);
}

bool Ask::delivered() const {
  if (publisher_.unsent() > 0) return false;
  return any_reply_ || (publisher_.confirmed() > 0 && publisher_.in_flight() == 0 && !abandoned());
}

Duration Ask::latency(const VerifiedReply& reply) const {
  const Duration waited = clock_.now() - reply.arrival();
  return clock_.monotonic() - publisher_.sent_at(message_of(reply)) - waited;
}

}  // namespace remaphore
