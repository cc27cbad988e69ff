// Answers presence questions (--who) for a listener: the verb `who` on <subject>.who, from any configured peer whatever
// its clock says. Runs no command and leaves no trace but the answer. Answers are limited to 5 a second.
#pragma once

#include <string>
#include <utility>

#include "app/bus_dispatch.h"
#include "app/inbound_queue.h"
#include "app/message_handler.h"
#include "app/reply_queue.h"
#include "base/rate_limit.h"
#include "core/config.h"
#include "core/filter.h"
#include "core/presence.h"
#include "ports/clock.h"
#include "ports/log.h"

namespace remaphore {

// They must outlive it.
struct PresencePorts {
  const InboundQueue& inbound;
  const MessageHandler& handler;
  ReplyQueue& replies;
  const Clock& clock;
  Log& log;
};

class PresenceResponder : public BusClient {
 public:
  // `presence` holds the part that does not change; it must outlive this.
  PresenceResponder(const Config& config, const Presence& presence, const PresencePorts& ports);

  void set_peers(Peers peers) { peers_ = std::move(peers); }

  void opened() override;
  void delivered(const Delivery& message) override;
  void denied(const Denial& denial) override;

 private:
  Presence describe() const;

  Peers peers_;
  Filter filter_;  // accepts messages to our node
  const std::string subject_;
  const Presence& presence_;
  const PresencePorts ports_;
  RateLimit checks_{20, 50};  // of signatures: 50 µs each
  RateLimit answers_{5, 5};
};

}  // namespace remaphore
