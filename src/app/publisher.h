// One message on its way to the bus: signed when a server is ready to take it, published, confirmed. Sent again only if
// it is certain that no server took it.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "app/bus_dispatch.h"
#include "base/deadline.h"
#include "core/config.h"
#include "core/message.h"
#include "ports/clock.h"
#include "ports/log.h"

namespace remaphore {

struct SendOptions {
  Message message;                            // `time` is set when it is signed
  const Identity* identity;                   // signs
  std::string subject;                        // where it is published, checked
  std::optional<Duration> timeout;            // -t: of the whole operation; zero: none
  std::optional<MonotonicTime> started = {};  // when the operation began; nullopt: at the call
};

class Publisher : public BusClient {
 public:
  // Without -t: until the server has confirmed the message.
  static constexpr Duration kDefaultTimeout = std::chrono::seconds(10);

  enum class State {
    kUnsent,
    kSent,
    kConfirmed,
    kUncertain,  // the link was lost before the confirmation; the message may have been delivered
    kAbandoned,  // the reason has been logged
  };

  // Signs at once, while the link is being made. All arguments must outlive it.
  Publisher(const SendOptions& options, const Clock& clock, Log& log);

  // Signs the message for this link, so that the replies to its hash can be subscribed to first.
  void prepare();
  // Called after each publication: more than once if the message had to be sent again.
  void on_sent(std::function<void()> call) { on_sent_ = std::move(call); }

  // It was not confirmed within `timeout`, or will not be: logs how far it got.
  void give_up(Duration timeout);
  // Logs the reason, unless the message was abandoned before.
  void abandon(std::string_view why);

  State state() const { return state_; }
  const Digest& hash() const;                         // of the message as last signed
  bool written() const { return written_; }           // it was handed to a server and, as far as we know, delivered
  MonotonicTime sent_at() const { return sent_at_; }  // the last time
  const SendOptions& options() const { return options_; }

  void opened() override;
  void flushed(FlushId id) override;
  void denied(const BusEvent& denial) override;
  void lost(const BusEvent& loss) override;
  void refused(const std::string& why) override;

 private:
  void sign();

  const SendOptions& options_;
  const Clock& clock_;
  Log& log_;
  std::function<void()> on_sent_;
  std::string bytes_;
  mutable std::optional<Digest> hash_;  // a sender never asks for it
  WallTime signed_at_;
  MonotonicTime sent_at_{};
  bool prepared_ = false;           // for this link
  FlushId flush_ = FlushId::kNone;  // confirms the message
  State state_ = State::kUnsent;
  bool written_ = false;
  std::string last_reason_;  // why there is no link
};

}  // namespace remaphore
