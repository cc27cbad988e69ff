// One message that wants answers, and all that belongs to it: its publication, the replies, and the book of who has
// answered. Several may share a link, one after the other or side by side.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "app/bus_dispatch.h"
#include "app/publisher.h"
#include "app/replies.h"
#include "core/config.h"
#include "core/reply_tracker.h"
#include "ports/clock.h"
#include "ports/log.h"
#include "ports/workers.h"

namespace remaphore {

// They outlive it.
struct AskPorts {
  BusDispatch& bus;
  const Clock& clock;
  Log& log;
  Workers* workers = nullptr;  // for a backlog of signature checks
};

class Ask {
 public:
  // Signs at once; what is to be published and subscribed goes out with the next link, or now if there is one. `options`,
  // `config` and `roster` outlive it. `allow_skew`: of the replies.
  Ask(const SendOptions& options, const Config& config, ReplyTracker& roster, Duration allow_skew,
      const AskPorts& ports);

  Publisher& publisher() { return publisher_; }
  const Publisher& publisher() const { return publisher_; }
  const ReplyTracker& roster() const { return roster_; }

  // The next genuine reply, for record() or ignore(); nullopt: none is there, or the budget is used up.
  std::optional<VerifiedReply> next(Verification::Budget& budget) { return replies_.next(budget); }
  ReplyTracker::Answered record(const VerifiedReply& reply, std::int64_t exit_status);
  void ignore(const VerifiedReply& reply, const char* reason);
  // How long the reply took, without what it waited for its signature check.
  Duration latency(const VerifiedReply& reply) const;

  bool has_unverified() const { return replies_.has_unverified(); }
  bool can_verify() const { return replies_.can_verify(); }
  void report_suppressed() { replies_.report_suppressed(); }

  // Nothing will come any more: why has been logged.
  bool abandoned() const { return publisher_.state() == Publisher::State::kAbandoned; }
  // The server, or an answer, has shown that the message was delivered.
  bool delivered() const { return publisher_.state() == Publisher::State::kConfirmed || any_reply_; }

 private:
  const Clock& clock_;
  ReplyTracker& roster_;
  bool any_reply_ = false;
  Publisher publisher_;
  Replies replies_;
};

}  // namespace remaphore
