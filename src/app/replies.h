// The replies to one message: the subscription to their subject, restored after lost links; their immediate screening,
// then their signature checks in turn. Refused replies are logged, a few lines a second.
#pragma once

#include <optional>

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
  const Peers& addressed;
  Duration allow_skew;  // of their TIME
};

class Replies : public BusClient {
 public:
  // Attached before the message's publisher, so that the subscription comes first. All must outlive it; `workers` may
  // be nullptr.
  Replies(Publisher& publisher, const ReplyRules& rules, const Clock& clock, Log& log, Workers* workers)
      : publisher_(publisher), rules_(rules), clock_(clock), log_(log), waiting_({}, workers), outage_(clock, log) {}

  // The next genuine reply; nullopt: none has arrived, or the budget is used up.
  std::optional<VerifiedReply> next(Verification::Budget& budget);
  bool has_unverified() const { return !waiting_.empty(); }
  bool can_verify() const { return waiting_.can_go_on(); }  // work for this thread, not just other threads to wait for

  void refuse(const Refusal& refusal);
  // Reports how many lines about refused replies have been suppressed so far, if any.
  void report_suppressed();

  void opened() override;
  void flushed(FlushId id) override;
  void delivered(const BusEvent& message) override;
  void denied(const BusEvent& denial) override;
  void lost(const BusEvent& loss) override;

 private:
  std::string subject() const;

  Publisher& publisher_;
  const ReplyRules rules_;
  const Clock& clock_;
  Log& log_;
  Verification waiting_;
  Outage outage_;                      // since the message was sent
  FlushId restored_ = FlushId::kNone;  // confirms the subscription over a later link
  RateLimit loud_{20, 5};
};

}  // namespace remaphore
