// Bus over NATS servers: the choice of server, login, fail-over and reconnect, as a state machine that never blocks.
// io/nats_attempt.h makes a link, io/nats_session.h speaks on it.
//
// What follows a failure is nats/fail_over.h's decision, the order of servers and the pauses are nats/server_list.h's.
// A server has ServerList::attempt_timeout() from the first packet to INFO or, if nothing is at stake yet, to the first
// PONG. Whatever fails up to then is a failure of the address: the server's name may have others.
#pragma once

#include <deque>
#include <optional>
#include <string>

#include "io/event_loop.h"
#include "io/lookups.h"
#include "io/nats_attempt.h"
#include "io/nats_login.h"
#include "io/nats_options.h"
#include "io/nats_session.h"
#include "nats/fail_over.h"
#include "nats/server_info.h"
#include "ports/bus.h"
#include "ports/clock.h"

namespace remaphore {

class NatsConnection : public Bus, public EventSource {
 public:
  NatsConnection(NatsOptions options, const Clock& clock);

  void connect() override;
  // Takes effect with the next link; the present one is kept.
  void move_to(NatsServers servers);
  SubscriptionId subscribe(std::string_view subject) override;
  void unsubscribe(SubscriptionId id) override;
  void publish(const Outgoing& message) override;
  FlushId flush() override;
  std::size_t unsent() const override { return session_ ? session_->unsent() : 0; }
  bool has_unread() const override { return session_ && session_->has_unread(); }
  std::size_t max_payload() const override { return link_.max_payload; }
  std::string_view inbox_prefix() const override { return login_.inbox_prefix(); }
  bool has_streams() const override { return link_.server.jetstream; }
  bool in_cluster() const override { return !link_.server.cluster.empty(); }
  std::optional<BusEvent> next() override;

  void prepare(PollSet& set) override;
  void dispatch(const PollSet& set) override;

  // What is known from the last login: the server's greeting, and when its certificate expires, in Unix seconds; 0: no
  // TLS.
  const nats::ServerInfo& server() const { return link_.server; }
  std::int64_t certificate_expires() const { return link_.certificate_expires; }

  // After a kLost: another address of the same name is being tried.
  bool tries_another_address() const { return attempt_.has_value(); }

 private:
  using Failure = nats::AddressFailures::Kind;

  void try_server();  // the current one
  void attempt_ended();
  void log_in(NatsLink link);
  void session_ended();
  void learn(const nats::ServerInfo& info, bool over_tls);
  void limit_payloads(std::size_t announced);
  void lost(const std::string& why, Failure failure = Failure::kOther);  // then the next address or server

  // What is known of the link of the last login: it outlives the session, until the next login replaces it whole.
  struct Link {
    nats::ServerInfo server;  // its greeting; `lame_duck` also of a later INFO
    bool encrypted = false;
    std::int64_t certificate_expires = 0;
    std::size_t max_payload = 0;
  };

  NatsOptions options_;
  std::optional<NatsServers> moves_to_;
  const Clock& clock_;
  nats::FailOver fail_over_;
  NatsLogin login_;
  NatsSession::Numbers numbers_;
  std::deque<BusEvent> events_;  // of what precedes the session
  Lookups lookups_;
  // One of the first two, or none before connect() and once everything is refused; the session is the attempt's.
  std::optional<MonotonicTime> retry_at_;
  std::optional<NatsAttempt> attempt_;
  std::optional<NatsSession> session_;
  Link link_;
};

}  // namespace remaphore
