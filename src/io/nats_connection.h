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
  std::size_t max_payload() const override { return max_payload_; }
  std::string_view inbox_prefix() const override { return login_.inbox_prefix(); }
  bool has_streams() const override { return info_.jetstream; }
  bool in_cluster() const override { return !info_.cluster.empty(); }
  std::optional<BusEvent> next() override;

  void prepare(PollSet& set) override;
  void dispatch(const PollSet& set) override;

  // The greeting of the last server that answered.
  const nats::ServerInfo& server() const { return info_; }
  // When the certificate of the server of the last login expires, in Unix seconds; 0: no TLS.
  std::int64_t certificate_expires() const { return certificate_expires_; }

  // After a kLost: another address of the same name is being tried.
  bool tries_another_address() const { return attempt_.has_value(); }

 private:
  using Failure = nats::AddressFailures::Kind;

  void try_server();  // the current one
  void attempt_ended();
  void log_in(NatsLink link);
  void session_ended();
  void learn(const nats::ServerInfo& info, bool over_tls);
  void set_max_payload(std::size_t bytes);
  void lost(const std::string& why, Failure failure = Failure::kOther);  // then the next address or server
  void drop_link();

  NatsOptions options_;
  std::optional<NatsServers> moves_to_;
  const Clock& clock_;
  nats::FailOver fail_over_;
  NatsLogin login_;
  NatsSession::Numbers numbers_;
  std::deque<BusEvent> events_;
  Lookups lookups_;
  // One of the first two, or none before connect() and once everything is refused; the session is the attempt's.
  std::optional<MonotonicTime> retry_at_;
  std::optional<NatsAttempt> attempt_;
  std::optional<NatsSession> session_;
  bool encrypted_ = false;  // the session
  std::int64_t certificate_expires_ = 0;
  nats::ServerInfo info_;  // of the last greeting; `lame_duck` also of a later INFO
  std::size_t max_payload_ = 0;
};

}  // namespace remaphore
