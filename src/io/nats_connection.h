// Bus over a NATS server: login, keep-alive, fail-over and reconnect, as a state machine that never blocks. Protocol:
// nats/parser.h and nats/writer.h. The way to a socket: io/dialer.h.
//
// The order of servers and the pauses are nats/server_list.h's. Credentials are read anew for every login. A server has
// ServerList::attempt_timeout() from the first packet to INFO or, if nothing is at stake yet, to the first PONG.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/server_address.h"
#include "io/descriptor.h"
#include "io/dialer.h"
#include "io/event_loop.h"
#include "io/send_buffer.h"
#include "io/stream.h"
#include "io/tls.h"
#include "nats/credentials.h"
#include "nats/parser.h"
#include "nats/server_info.h"
#include "nats/server_list.h"
#include "ports/bus.h"
#include "ports/clock.h"

namespace remaphore {

struct NatsOptions {
  std::vector<ServerAddress> servers;       // at least one
  std::string credentials;                  // path of the credentials file, resolved
  std::optional<nats::Credentials> loaded;  // its content, for the first login
  TlsFiles tls;                             // any of them set: no plaintext
  unsigned refusals = 1;                    // of the credentials, by every server, before it is final
  bool leaves_lame_duck = false;            // moves to another server as soon as this one says that it will close
  Duration whole{};                         // the owner's -t, so that every server gets its share; 0: no bound
};

class NatsConnection : public Bus, public EventSource {
 public:
  static constexpr Duration kKeepAlive = std::chrono::seconds(3);  // silence before a PING
  static constexpr int kUnansweredPings = 2;                       // then the link is lost

  NatsConnection(NatsOptions options, const Clock& clock);
  ~NatsConnection() override;

  void connect() override;
  SubscriptionId subscribe(std::string_view subject) override;
  void unsubscribe(SubscriptionId id) override;
  void publish(const Outgoing& message) override;
  FlushId flush() override;
  std::size_t max_payload() const override { return max_payload_; }
  std::string_view inbox_prefix() const override { return inbox_prefix_; }
  std::optional<BusEvent> next() override;

  void prepare(PollSet& set) override;
  void dispatch(const PollSet& set) override;

 private:
  enum class State { kIdle, kWaiting, kDialing, kGreeting, kHandshake, kOpen, kFinal };

  void try_server();  // the current one
  void dialed();
  void greeted(const nats::ServerInfo& info);
  void log_in();
  bool link_is_up() const { return state_ == State::kOpen; }
  // Nothing is at stake yet: another server may be tried without asking what became of a message.
  bool unconfirmed_login() const { return !logged_in_ && !published_; }
  bool flushing() const;         // a flush() waits for its PONG
  int unanswered_pings() const;  // of ours

  bool fill();  // reads once; false if nothing came
  void handle(const nats::Op& op);
  std::optional<BusEvent> delivery(const nats::Op& op) const;
  void server_error(std::string_view text);
  std::string what_ails_the_credentials() const;
  void set_max_payload(std::size_t bytes);
  void move_on_if_lame();

  void attempt_failed(const std::string& why);  // this server; then the next
  void link_lost(const std::string& why);
  void drop_link();
  void next_server();
  void give_up(const std::string& why);  // for good
  std::string where() const;

  NatsOptions options_;
  const Clock& clock_;
  nats::ServerList servers_;
  std::optional<nats::Credentials> credentials_;  // the last good ones
  bool credentials_are_fresh_;                    // not used for a login yet
  State state_ = State::kIdle;
  std::deque<BusEvent> events_;

  std::optional<Dialer> dialer_;
  Descriptor socket_;
  std::unique_ptr<Stream> stream_;
  TlsStream* handshake_ = nullptr;  // stream_, while it shakes hands
  std::optional<nats::Parser> parser_;
  nats::ServerInfo info_;
  std::size_t max_payload_ = 0;
  SendBuffer out_;
  bool readable_ = false;
  std::size_t budget_ = 0;  // bytes that may be read before the next wait
  WallTime arrival_;
  std::string inbox_prefix_;
  std::uint64_t last_subscription_ = 0, last_flush_ = 0;
  std::vector<SubscriptionId> subscriptions_;  // of this link
  std::deque<FlushId> pongs_;                  // expected: kNone if the PING was our own
  bool published_ = false;                     // and not flushed
  bool lame_ = false;                          // the server will close
  bool logged_in_ = false;                     // the first PONG came
  std::string login_error_;                    // the server's last -ERR on this link
  bool credentials_refused_ = false;
  bool not_taken_ = false;  // the -ERR says that nothing was processed
  unsigned denials_ = 0;
  MonotonicTime heard_{};  // last byte from the server
  MonotonicTime logged_in_at_{};
  MonotonicTime attempt_ends_{};
  MonotonicTime retry_at_{};
};

}  // namespace remaphore
