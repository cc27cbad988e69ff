#include "app/replies.h"

#include <fmt/format.h>

#include <utility>

#include "app/refusal_text.h"
#include "base/duration.h"
#include "core/subject.h"

namespace remaphore {

std::string Replies::subject() const { return subject::reply(rules_.config.subject, publisher_.hash()); }

void Replies::opened() {
  publisher_.prepare();
  bus().subscribe(*this, subject());
  if (publisher_.state() != Publisher::State::kUnsent) restored_ = bus().flush();  // else its own flush covers it
}

void Replies::flushed(FlushId id) {
  if (restored_ == FlushId::kNone || id < restored_) return;
  restored_ = FlushId::kNone;
  log_.error(fmt::format("the connection is back; answers of the last {} may have been missed",
                         format_duration(outage_.end())));
}

void Replies::delivered(const BusEvent& message) {
  const ReplyPolicy policy{rules_.addressed, rules_.config.peers, Uuid::from_hash(publisher_.hash()),
                           rules_.config.require_bound_replies, rules_.allow_skew};
  auto candidate = screen_reply(message.payload, message.arrival, policy);
  if (!candidate) return refuse(candidate.error());
  for (const PeerRef& claimed : waiting_.push(std::move(*candidate)).refused) {
    refuse({RefusalCode::kCapacity, kTooManyUnverified, claimed.get(), {}});
  }
}

// The message was sent after the subscription.
void Replies::denied(const BusEvent& denial) {
  const bool ours = denial.denied_subject.empty() || denial.denied_subject == subject();
  if (!ours || denial.denied == BusEvent::Denied::kPublication) return;
  publisher_.abandon(denial.text + "; the message may have been delivered");
}

void Replies::lost(const BusEvent& loss) {
  restored_ = FlushId::kNone;
  const bool sent = publisher_.written() && (loss.maybe_delivered || publisher_.state() != Publisher::State::kSent);
  if (sent) outage_.lost(loss.text, loss.heard_at);
}

std::optional<VerifiedReply> Replies::next(Verification::Budget& budget) {
  while (auto checked = waiting_.next(budget)) {
    const PeerRef claimed = checked->claimed();
    auto reply = accept_reply(std::move(*checked));
    if (reply) return std::move(*reply);
    waiting_.report_forgery(*claimed);
    refuse(reply.error());
  }
  return std::nullopt;
}

// Anyone who may publish can cause these lines: they are limited.
void Replies::refuse(const Refusal& refusal) {
  if (!loud_.allow(clock_.monotonic())) return;
  report_suppressed();
  const std::string line =
      fmt::format("ignored a reply{}: {}", claimed_by(refusal), reason_of(refusal, rules_.config.allow_skew));
  refusal.code == RefusalCode::kSkew ? log_.error(line) : log_.notice(line);
}

void Replies::report_suppressed() {
  if (const auto held_back = loud_.take_suppressed()) {
    log_.notice(fmt::format("{} more ignored replies were not shown", held_back));
  }
}

}  // namespace remaphore
