// One message that expects answers, or one to each of several nodes, with everything that belongs to it: the
// publication, the replies, and the record of who has answered. Several may share a link, in sequence or concurrently.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <unordered_map>

#include "app/bus_dispatch.h"
#include "app/publisher.h"
#include "app/replies.h"
#include "core/config.h"
#include "core/reply_tracker.h"
#include "ports/clock.h"
#include "ports/log.h"
#include "ports/workers.h"

namespace remaphore {

// They must outlive it.
struct AskPorts {
  BusDispatch& bus;
  const Clock& clock;
  Log& log;
  Workers* workers = nullptr;  // for many signatures, and for a backlog of checks
};

class Ask {
 public:
  // Signs at once. Publishes and subscribes over the current link if there is one, else over the next. `options`,
  // `config` and `tracker` must outlive it. `allow_skew` applies to the replies.
  Ask(const SendOptions& options, const Config& config, ReplyTracker& tracker, Duration allow_skew,
      const AskPorts& ports);

  Publisher& publisher() { return publisher_; }
  const Publisher& publisher() const { return publisher_; }
  const ReplyTracker& tracker() const { return tracker_; }

  // The next genuine reply, for record() or ignore(); nullopt: none has arrived, or the budget is used up.
  std::optional<VerifiedReply> next(Verification::Budget& budget) { return replies_.next(budget); }
  ReplyTracker::Answered record(const VerifiedReply& reply, std::int64_t exit_status);
  void ignore(const VerifiedReply& reply, const char* reason);
  // The message that it answers.
  std::size_t message_of(const VerifiedReply& reply) const;
  // How long the reply took, not counting the wait for its signature check.
  Duration latency(const VerifiedReply& reply) const;

  Verification::Budget round() { return replies_.round(); }
  bool has_unverified() const { return replies_.has_unverified(); }
  bool can_verify() const { return replies_.can_verify(); }
  void report_suppressed() { replies_.report_suppressed(); }

  // No more replies will come; the reason has been logged.
  bool abandoned() const { return publisher_.state() == Publisher::State::kAbandoned; }
  // The server's confirmation, or an answer, has shown that the message was delivered. With several released messages:
  // the fate of all is known, and at least one was delivered.
  bool delivered() const;

 private:
  const Clock& clock_;
  ReplyTracker& tracker_;
  bool any_reply_ = false;
  std::unordered_map<std::string_view, std::size_t> messages_;  // by destination; empty if there is only one
  Publisher publisher_;
  Replies replies_;
};

}  // namespace remaphore
