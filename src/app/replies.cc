#include "app/replies.h"

#include <fmt/format.h>

#include <utility>

#include "app/refusal_text.h"
#include "base/duration.h"
#include "core/subject.h"

namespace remaphore {

Replies::Replies(Publisher& publisher, const ReplyRules& rules, const Clock& clock, Log& log, Workers* workers)
    : publisher_(publisher), rules_(rules), clock_(clock), log_(log), waiting_({}, workers), outage_(clock, log) {
  publisher_.on_sending([this](std::size_t message) { subscribe(message); });
}

std::string Replies::subject(std::size_t message) const {
  return subject::reply(rules_.config.subject, publisher_.hash(message));
}

void Replies::subscribe(std::size_t message) { messages_.emplace(bus().subscribe(*this, subject(message)), message); }

void Replies::opened() {
  messages_.clear();
  if (!publisher_.written()) return;
  for (std::size_t i = 0; i < publisher_.size() && publisher_.written(i); ++i) subscribe(i);
  restored_ = bus().flush(*this);
}

void Replies::flushed(FlushId id) {
  if (restored_ == FlushId::kNone || id < restored_) return;
  restored_ = FlushId::kNone;
  log_.error(fmt::format("the connection is back; answers of the last {} may have been missed",
                         format_duration(outage_.end())));
}

void Replies::delivered(const Delivery& message) {
  const auto question = messages_.find(message.subscription);
  if (question == messages_.end()) return;
  const std::size_t number = question->second;
  const ReplyPolicy policy{rules_.addressed, rules_.config.peers, Uuid::from_hash(publisher_.hash(number)),
                           rules_.config.require_bound_replies, rules_.allow_skew};
  auto screened = screen_reply(message.payload, message.arrival, policy);
  if (!screened) return refuse(screened.error());
  const Peer& claimed = screened->claimed();
  if (publisher_.size() > 1 && claimed.destination != publisher_.destination(number)) {
    return refuse({RefusalCode::kPeer, "it answers a message to another node", &claimed, {}});
  }
  for (const PeerRef& refused : waiting_.push(std::move(*screened)).refused) {
    refuse({RefusalCode::kCapacity, kTooManyUnverified, refused.get(), {}});
  }
}

// The messages were sent after their subscriptions.
void Replies::denied(const Denial& denial) {
  if (denial.of == Denial::Of::kPublication) return;
  bool ours = denial.subject.empty();
  for (std::size_t i = 0; !ours && i < publisher_.size() && publisher_.written(i); ++i) {
    ours = denial.subject == subject(i);
  }
  if (!ours) return;
  publisher_.abandon(publisher_.size() > 1 ? denial.text : denial.text + "; the message may have been delivered");
}

void Replies::lost(const LinkLost& loss) {
  restored_ = FlushId::kNone;
  const bool sent =
      publisher_.confirmed() > 0 || (publisher_.written() && (loss.maybe_delivered || publisher_.in_flight() == 0));
  if (sent) outage_.lost(loss.reason, loss.heard_at);
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
