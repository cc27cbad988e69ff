#include "io/nats_connection.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/keys.h"
#include "io/version.h"
#include "nats/inbox.h"
#include "nats/login.h"
#include "nats/server_error.h"

namespace remaphore {
namespace {

std::uint16_t random_number() {
  std::uint16_t number = 0;
  keys::random_bytes(std::span(reinterpret_cast<std::uint8_t*>(&number), sizeof number));
  return number;
}

}  // namespace

NatsServers nats_servers(const Config& config) {
  return {config.servers, tls_files(config), config.tls_first, config.announced_servers};
}

NatsConnection::NatsConnection(NatsOptions options, const Clock& clock)
    : options_(std::move(options)),
      clock_(clock),
      servers_(options_.servers.servers, options_.refusals),
      credentials_(options_.credentials, std::move(options_.loaded)),
      refusals_(options_.outlasts_refusals) {}

void NatsConnection::connect() { try_server(); }

void NatsConnection::move_to(NatsServers servers) {
  moves_to_.reset();
  if (servers != options_.servers) moves_to_ = std::move(servers);
}

// ---- from nothing to a link

void NatsConnection::try_server() {
  if (moves_to_) {
    options_.servers = std::move(*moves_to_);
    moves_to_.reset();
    servers_ = nats::ServerList(options_.servers.servers, options_.refusals);
  }
  failures_ = {};
  attempt_.emplace(servers_,
                   NatsAttempt::Options{.tls = options_.servers.tls,
                                        .tls_first = options_.servers.tls_first,
                                        .skips_lame_duck = servers_.has_others(),
                                        .whole = options_.whole},
                   lookups_, clock_);
  if (attempt_->done()) attempt_ended();
}

void NatsConnection::attempt_ended() {
  if (attempt_->info()) info_ = *attempt_->info();
  if (attempt_->announces()) learn(info_, options_.servers.tls_first);
  const auto failure = attempt_->failure();
  if (!failure) return log_in(attempt_->take_link());
  lost(*failure, attempt_->nobody_there() ? Failure::kNobodyThere : Failure::kOther);
}

void NatsConnection::learn(const nats::ServerInfo& info, bool over_tls) {
  if (options_.servers.learns_servers) servers_.learn(info.connect_urls, over_tls);
}

// CONNECT goes into the buffer; what the owner publishes at kOpen goes behind it, and all of it out in one write.
void NatsConnection::log_in(NatsLink link) {
  encrypted_ = link.encrypted();
  certificate_expires_ = link.peer_expires();
  const auto credentials = credentials_.for_login();
  if (!credentials) return lost(credentials.error().message);
  nats::Login login{.version = kVersion, .credentials = **credentials, .nonce = info_.nonce, .tls = encrypted_};
  const ServerAddress& address = servers_.current();
  if (servers_.current_is_configured()) {
    login.user = address.user;
    login.password = address.password;
  }
  inbox_prefix_.clear();
  user_.reset();
  if (!info_.nonce.empty()) user_ = (*credentials)->key.public_key();
  session_.emplace(std::move(link), attempt_->where(), attempt_->deadline(), numbers_, clock_);
  nats::write_login(session_->tail(), login);
  set_max_payload(info_.max_payload);
  events_.push_back({.kind = BusEvent::Kind::kOpen});
}

// ---- what the owner says

std::string_view NatsConnection::inbox_prefix() const {
  if (inbox_prefix_.empty() && user_) inbox_prefix_ = nats::inbox_prefix(*user_);
  return inbox_prefix_;
}

SubscriptionId NatsConnection::subscribe(std::string_view subject) {
  return session_ ? session_->subscribe(subject) : SubscriptionId::kNone;
}

void NatsConnection::unsubscribe(SubscriptionId id) {
  if (session_) session_->unsubscribe(id);
}

void NatsConnection::publish(const Outgoing& message) {
  if (session_) session_->publish(message);
}

FlushId NatsConnection::flush() { return session_ ? session_->flush() : FlushId::kNone; }

// ---- what the server says

std::optional<BusEvent> NatsConnection::next() {
  while (true) {
    if (!events_.empty()) {
      BusEvent event = std::move(events_.front());
      events_.pop_front();
      return event;
    }
    if (!session_) return std::nullopt;
    if (auto event = session_->next()) return event;
    if (session_->end()) {
      session_ended();
    } else if (auto info = session_->take_info()) {
      learn(*info, encrypted_);
      set_max_payload(info->max_payload);
      info_.lame_duck = info_.lame_duck || info->lame_duck;
    } else if (info_.lame_duck && options_.leaves_lame_duck && servers_.has_others() && !session_->flushing()) {
      lost(fmt::format("connection to {0} lost: {0} is shutting down", attempt_->where()));
    } else {
      return std::nullopt;
    }
  }
}

void NatsConnection::set_max_payload(std::size_t bytes) {
  max_payload_ = std::min(bytes, nats::Parser::kMaxMaxPayload);
  session_->set_max_payload(max_payload_);
}

// ---- from a link to nothing

void NatsConnection::session_ended() {
  const NatsSession::End end = *session_->end();
  if (session_->logged_in()) servers_.accepted();
  const bool too_long = end.error == nats::ServerError::kLineTooLong && !session_->logged_in();
  if (end.error != nats::ServerError::kCredentials && !too_long) return lost(end.why);
  const nats::Credentials& credentials = *credentials_.last();
  lost(too_long ? nats::describe_long_login(end.why, options_.credentials, credentials)
                : nats::describe_refusal(attempt_->where(), options_.credentials, end.said, credentials, clock_.now()),
       Failure::kRefused);
}

void NatsConnection::lost(const std::string& why, Failure failure) {
  const bool maybe_delivered = session_ && session_->maybe_delivered();
  const bool was_in = session_ && session_->logged_in();
  const MonotonicTime now = clock_.monotonic(), heard_at = session_ ? session_->heard_at() : now;
  // A link that lasted resets the count of tries; one that a server drops at once must not make us spin.
  if (session_ && session_->held()) servers_.held();
  drop_link();
  if (was_in) {
    failures_ = {};
    lookups_.forget();
    refusals_.accepted();
  }
  failures_.note(why, failure);
  if (attempt_->slow_look_up() && options_.on_slow_look_up) {
    std::exchange(options_.on_slow_look_up, nullptr)(why);
  }
  const bool has_more = !was_in && !moves_to_ && attempt_->has_more();
  if (!has_more && failures_.refused_by_all()) servers_.refused();
  if (!failures_.refusal().empty()) refusals_.refused(now);
  if (!moves_to_ && servers_.refused_everywhere() && refusals_.is_final(now)) {
    attempt_.reset();
    events_.push_back({.kind = BusEvent::Kind::kRefused, .text = failures_.refusal()});
    return;
  }
  events_.push_back({.kind = BusEvent::Kind::kLost,
                     .text = failures_.most_informative(why, failure),
                     .maybe_delivered = maybe_delivered,
                     .heard_at = heard_at});
  if (has_more) {
    attempt_->next();
    if (attempt_->done()) attempt_ended();
  } else {
    attempt_.reset();
    retry_at_ = now + servers_.advance(random_number());
  }
}

void NatsConnection::drop_link() {
  session_.reset();
  std::erase_if(events_, [](const BusEvent& event) { return event.kind == BusEvent::Kind::kOpen; });
}

// ---- waiting

void NatsConnection::prepare(PollSet& set) {
  if (!events_.empty() || (session_ && session_->end())) set.wake_at(MonotonicTime::min());
  if (session_) return session_->prepare(set);
  if (attempt_) return attempt_->prepare(set);
  if (!retry_at_) return;
  set.wake_at(*retry_at_);
  lookups_.prepare(servers_.current().host, set);
}

void NatsConnection::dispatch(const PollSet& set) {
  if (session_) {
    session_->dispatch(set);
  } else if (attempt_) {
    attempt_->dispatch(set);
    if (attempt_->done()) attempt_ended();
  } else if (retry_at_ && (clock_.monotonic() >= *retry_at_ || lookups_.done(servers_.current().host))) {
    retry_at_.reset();
    try_server();
  }
}

}  // namespace remaphore
