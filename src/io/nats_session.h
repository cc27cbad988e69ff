// One link to a NATS server from the login to its end: subscriptions, flushes, deliveries, keep-alive, the server's
// errors, and the consequences of a loss. Never blocks.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.h"
#include "io/event_loop.h"
#include "io/nats_link.h"
#include "nats/keep_alive.h"
#include "nats/server_error.h"
#include "nats/server_info.h"
#include "ports/bus.h"
#include "ports/clock.h"

namespace remaphore {

class NatsSession {
 public:
  // The last numbers assigned, over all sessions; they must outlive each.
  struct Numbers {
    std::uint64_t subscription = 0, flush = 0;
  };
  struct End {
    std::string why;                              // names the server
    std::optional<nats::ServerError> error = {};  // the -ERR that caused it
    std::string said = {};                        // its text, quoted
  };

  // `where` names the server in messages. Until `login_ends`, another server may be tried if this one does not answer.
  NatsSession(NatsLink link, std::string where, MonotonicTime login_ends, Numbers& numbers, const Clock& clock)
      : link_(std::move(link)), where_(std::move(where)), login_ends_(login_ends), numbers_(numbers), clock_(clock) {}

  // Output: sent before the next wait, in one write with the CONNECT that is appended to tail() first.
  std::string& tail() { return link_.tail(); }
  SubscriptionId subscribe(std::string_view subject);
  void unsubscribe(SubscriptionId id);
  void publish(const Outgoing& message);
  FlushId flush();
  bool flushing() const { return keep_alive_.flushing(); }
  std::size_t unsent() const { return link_.unsent(); }
  bool has_unread() const { return link_.has_unread(); }
  MonotonicTime heard_at() const { return link_.heard_at(); }

  // LinkOpen first, then Flushed, Delivery or Denial. Nothing: none now, or end() gives the reason why there are no
  // more.
  std::optional<BusEvent> next();
  const std::optional<End>& end() const { return end_; }
  void set_max_payload(std::size_t bytes) { link_.set_max_payload(bytes); }
  // An INFO received since the last call.
  std::optional<nats::ServerInfo> take_info() { return std::exchange(info_, std::nullopt); }

  bool logged_in() const { return logged_in_at_.has_value(); }
  bool held() const { return logged_in_at_ && clock_.monotonic() - *logged_in_at_ >= kHeld; }
  // Something was published but not flushed, and as far as we know the server has received it.
  bool maybe_delivered() const;

  void prepare(PollSet& set);
  void dispatch(const PollSet& set);

 private:
  static constexpr unsigned kMaxDenials = 16;  // before the first PONG; a server that sends more is given up
  static constexpr Duration kHeld = std::chrono::seconds(1);

  std::optional<BusEvent> handle(const nats::Op& op);
  std::optional<BusEvent> delivery(const nats::Op& op);
  std::optional<BusEvent> heard_pong();
  std::optional<BusEvent> heard_error(std::string_view text);
  // Nothing would be lost yet.
  bool is_unconfirmed_login() const { return !logged_in() && !published_; }
  void lost(std::string_view why);

  NatsLink link_;
  const std::string where_;
  const MonotonicTime login_ends_;
  Numbers& numbers_;
  const Clock& clock_;
  std::deque<SubscriptionId> subscriptions_;  // ascending; many end in the order in which they began
  nats::KeepAlive keep_alive_;
  std::vector<Header> headers_;  // of the last delivery that had any
  bool announced_ = false;       // LinkOpen was returned
  std::optional<nats::ServerInfo> info_;
  std::optional<MonotonicTime> logged_in_at_;  // the first PONG
  bool published_ = false;                     // and not flushed
  unsigned denials_ = 0;
  std::optional<End> end_;
};

}  // namespace remaphore
