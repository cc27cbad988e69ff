#include "app/ask.h"

namespace remaphore {

Ask::Ask(const SendOptions& options, const Config& config, ReplyTracker& roster, Duration allow_skew,
         const AskPorts& ports)
    : clock_(ports.clock),
      roster_(roster),
      publisher_(options, ports.clock, ports.log),
      replies_(publisher_, {config, roster.addressed(), allow_skew}, ports.clock, ports.log, ports.workers) {
  ports.bus.attach(replies_);  // relative to the message that is answered
  ports.bus.attach(publisher_);
}

ReplyTracker::Answered Ask::record(const VerifiedReply& reply, std::int64_t exit_status) {
  any_reply_ = true;
  return roster_.record(reply, exit_status);
}

void Ask::ignore(const VerifiedReply& reply, const char* reason) {
  replies_.refuse({RefusalCode::kFormat, reason, &reply.sender(), {}});
}

Duration Ask::latency(const VerifiedReply& reply) const {
  const Duration waited = clock_.now() - reply.arrival();
  return clock_.monotonic() - publisher_.sent_at() - waited;
}

}  // namespace remaphore
