// One message on its way to the bus: signed when a server is ready to take it, published, confirmed. What send and
// request have in common.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/deadline.h"
#include "core/config.h"
#include "core/message.h"
#include "ports/bus.h"
#include "ports/clock.h"
#include "ports/log.h"

namespace remaphore {

struct SendOptions {
  Message message;                  // `time` is set when it is signed
  const Identity* identity;         // signs
  std::string subject;              // where it is published, checked
  std::optional<Duration> timeout;  // -t: of the whole operation; zero: none
};

class Publication {
 public:
  // Without -t: until the server has confirmed the message.
  static constexpr Duration kDefaultTimeout = std::chrono::seconds(10);

  enum class State { kUnsent, kSent, kConfirmed, kFailed };

  // Signs at once, while the link is being made. `reply_subject_of`: the config's subject if replies are wanted.
  Publication(const SendOptions& options, const Clock& clock, Bus& bus, Log& log);

  // Every event but deliveries. Publishes at kOpen; logs why at the change to kFailed.
  State handle(const BusEvent& event);
  // -t has passed before the confirmation: logs why.
  void give_up(Duration timeout);

  State state() const { return state_; }
  const Digest& hash() const { return hash_; }  // of the message as last signed
  bool written() const { return written_; }     // it went to a server, and for all we know it was delivered

  // If set before kOpen: subscribe to the replies on <prefix>.<hash> first.
  void expect_replies(std::string prefix) { reply_prefix_ = std::move(prefix); }

 private:
  void sign();
  void publish();
  State fail(std::string_view why);

  const SendOptions& options_;
  const Clock& clock_;
  Bus& bus_;
  Log& log_;
  std::optional<std::string> reply_prefix_;
  std::string bytes_;
  Digest hash_;
  WallTime signed_at_;
  FlushId flush_ = FlushId::kNone;  // confirms the message
  State state_ = State::kUnsent;
  bool written_ = false;
  std::string last_reason_;  // why there is no link yet
};

}  // namespace remaphore
