// Bus over NATS servers: the choice of server, login, fail-over and reconnect, as a state machine that never blocks.
// io/nats_attempt.h makes a link, io/nats_session.h speaks on it.
//
// The order of servers and the pauses are nats/server_list.h's. Credentials are reread for every login. A server has
// ServerList::attempt_timeout() from the first packet to INFO or, if nothing is at stake yet, to the first PONG.
// Whatever fails up to then is a failure of the address: the server's name may have others.
#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/server_address.h"
#include "io/credentials_file.h"
#include "io/event_loop.h"
#include "io/nats_attempt.h"
#include "io/nats_session.h"
#include "nats/address_failures.h"
#include "nats/refusals.h"
#include "nats/server_info.h"
#include "nats/server_list.h"
#include "ports/bus.h"
#include "ports/clock.h"

namespace remaphore {

// Where the servers are and how to reach them.
struct NatsServers {
  std::vector<ServerAddress> servers;  // at least one
  TlsFiles tls;                        // any of them set: no plaintext
  bool tls_first = false;              // the servers want TLS before they greet
  bool learns_servers = true;          // those that a server announces are tried, too

  bool operator==(const NatsServers&) const = default;
};

NatsServers nats_servers(const Config& config);

struct NatsOptions {
  NatsServers servers;
  std::string credentials;                  // path of the credentials file, resolved
  std::optional<nats::Credentials> loaded;  // its content, for the first login
  unsigned refusals = 1;                    // of the credentials, by every server, before it is final
  Duration outlasts_refusals{};             // how long they must go on for that once a login has succeeded
  bool leaves_lame_duck = false;            // moves to another server as soon as this one says that it will close
  Duration whole{};                         // the owner's -t, so that every server gets its share; 0: no bound
  std::function<void(const std::string& why)> on_slow_look_up = {};  // called once, at the first
};

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
  std::string_view inbox_prefix() const override;
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
  nats::ServerList servers_;
  CredentialsFile credentials_;
  nats::Refusals refusals_;
  NatsSession::Numbers numbers_;
  std::deque<BusEvent> events_;
  Lookups lookups_;
  // One of the first two, or none before connect() and once everything is refused; the session is the attempt's.
  std::optional<MonotonicTime> retry_at_;
  std::optional<NatsAttempt> attempt_;
  std::optional<NatsSession> session_;
  nats::AddressFailures failures_;  // of the current server, in this attempt
  bool encrypted_ = false;          // the session
  std::int64_t certificate_expires_ = 0;
  nats::ServerInfo info_;  // of the last greeting; `lame_duck` also of a later INFO
  std::size_t max_payload_ = 0;
  std::optional<PublicKey> user_;     // logged in with its key
  mutable std::string inbox_prefix_;  // made when it is asked for: a sender never does
};

}  // namespace remaphore
