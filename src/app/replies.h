// The replies to the messages of one publisher: the subscriptions to their subjects, restored after lost links; their
// immediate screening, then their signature checks in turn. Refused replies are logged, a few lines a second.
//
// Each message has a reply subject of its own. A reply counts only if the message was addressed to its signer: the
// answer of one node cannot be replayed as the answer of another.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <unordered_map>

#include "app/bus_dispatch.h"
#include "app/outage.h"
#include "app/publisher.h"
#include "app/verification.h"
#include "base/rate_limit.h"
#include "core/config.h"
#include "core/reply_tracker.h"
#include "core/trust.h"
#include "ports/clock.h"
#include "ports/log.h"
#include "ports/workers.h"

namespace remaphore {

// Which replies are accepted.
struct ReplyRules {
  const Config& config;
  const Peers& addressed;  // of all messages
  Duration allow_skew;     // of their TIME
};

class Replies : public BusClient {
 public:
  // Subscribes before each message is published. All must outlive it; `workers` may be nullptr.
  Replies(Publisher& publisher, const ReplyRules& rules, const Clock& clock, Log& log, Workers* workers);

  // The next genuine reply; nullopt: none has arrived, or the budget is used up.
  std::optional<VerifiedReply> next(Verification::Budget& budget);
  // The limits of a round of next().
  Verification::Budget round() {
    using Socket = Verification::Socket;
    return waiting_.round({}, bus().has_unread() ? Socket::kHasMore : Socket::kDrained);
  }
  bool has_unverified() const { return !waiting_.empty(); }
  bool can_verify() const { return waiting_.can_go_on(); }  // work for this thread, not just other threads to wait for

  void refuse(const Refusal& refusal);
  // Reports how many lines about refused replies have been suppressed so far, if any.
  void report_suppressed();

  void opened() override;
  void flushed(FlushId id) override;
  void delivered(const Delivery& message) override;
  void denied(const Denial& denial) override;
  void lost(const LinkLost& loss) override;

 private:
  std::string subject(std::size_t message) const;
  void subscribe(std::size_t message);

  Publisher& publisher_;
  const ReplyRules rules_;
  const Clock& clock_;
  Log& log_;
  Verification waiting_;
  Outage outage_;                                             // since the message was sent
  FlushId restored_ = FlushId::kNone;                         // confirms the subscriptions over a later link
  std::unordered_map<SubscriptionId, std::size_t> messages_;  // of this link
  RateLimit loud_{20, 5};
};

}  // namespace remaphore
