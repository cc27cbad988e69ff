#include "io/nats_connection.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/keys.h"
#include "nats/login.h"

namespace remaphore {
namespace {

std::uint16_t random_number() {
  std::uint16_t number = 0;
  keys::random_bytes(std::span(reinterpret_cast<std::uint8_t*>(&number), sizeof number));
  return number;
}

}  // namespace

NatsConnection::NatsConnection(NatsOptions options, const Clock& clock)
    : options_(std::move(options)),
      clock_(clock),
      fail_over_(options_.servers.servers, options_.refusals, options_.outlasts_refusals),
      login_(options_.credentials, std::move(options_.loaded)) {}

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
    fail_over_.replace_servers(options_.servers.servers);
  }
  fail_over_.begin_server();
  attempt_.emplace(fail_over_.servers(),
                   NatsAttempt::Options{.tls = options_.servers.tls,
                                        .tls_first = options_.servers.tls_first,
                                        .skips_lame_duck = fail_over_.servers().has_others(),
                                        .whole = options_.whole},
                   lookups_, clock_);
  if (attempt_->done()) attempt_ended();
}

void NatsConnection::attempt_ended() {
  if (attempt_->announces()) learn(*attempt_->info(), options_.servers.tls_first);
  const auto failure = attempt_->failure();
  if (!failure) return log_in(attempt_->take_link());
  lost(*failure, attempt_->nobody_there() ? Failure::kNobodyThere : Failure::kOther);
}

void NatsConnection::learn(const nats::ServerInfo& info, bool over_tls) {
  if (options_.servers.learns_servers) fail_over_.servers().learn(info.connect_urls, over_tls);
}

// CONNECT goes into the buffer; what the owner publishes at LinkOpen goes behind it, and all of it out in one write.
void NatsConnection::log_in(NatsLink link) {
  link_ = {.server = *attempt_->info(), .encrypted = link.encrypted(), .certificate_expires = link.peer_expires()};
  const auto login = login_.next(fail_over_.servers(), link_.server, link_.encrypted);
  if (!login) return lost(login.error().message);
  session_.emplace(std::move(link), attempt_->where(), attempt_->deadline(), numbers_, clock_);
  nats::write_login(session_->tail(), *login);
  limit_payloads(link_.server.max_payload);
}

// ---- what the owner says

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
      learn(*info, link_.encrypted);
      limit_payloads(info->max_payload);
      link_.server.lame_duck = link_.server.lame_duck || info->lame_duck;
    } else if (link_.server.lame_duck && options_.leaves_lame_duck && fail_over_.servers().has_others() &&
               !session_->flushing()) {
      lost(fmt::format("connection to {0} lost: {0} is shutting down", attempt_->where()));
    } else {
      return std::nullopt;
    }
  }
}

void NatsConnection::limit_payloads(std::size_t announced) {
  link_.max_payload = std::min(announced, nats::Parser::kMaxMaxPayload);
  session_->set_max_payload(link_.max_payload);
}

// ---- from a link to nothing

void NatsConnection::session_ended() {
  const auto refusal = login_.refusal(*session_, attempt_->where(), clock_.now());
  if (refusal) return lost(*refusal, Failure::kRefused);
  const std::string why = session_->end()->why;  // outlives the session
  lost(why);
}

void NatsConnection::lost(const std::string& why, Failure failure) {
  const MonotonicTime now = clock_.monotonic();
  const nats::FailOver::Loss loss{.why = why,
                                  .kind = failure,
                                  .logged_in = session_ && session_->logged_in(),
                                  .lasted = session_ && session_->held(),
                                  .has_more_addresses = attempt_->has_more(),
                                  .will_be_replaced = moves_to_.has_value()};
  const bool maybe_delivered = session_ && session_->maybe_delivered();
  const MonotonicTime heard_at = session_ ? session_->heard_at() : now;
  session_.reset();
  if (loss.logged_in) lookups_.forget();
  if (attempt_->slow_look_up() && options_.on_slow_look_up) std::exchange(options_.on_slow_look_up, nullptr)(why);
  const auto next = fail_over_.lost(loss, now);
  if (next == nats::FailOver::Next::kNothing) {
    attempt_.reset();
    events_.push_back(LinkRefused{fail_over_.reason()});
    return;
  }
  events_.push_back(LinkLost{fail_over_.reason(), maybe_delivered, heard_at});
  if (next == nats::FailOver::Next::kAddress) {
    attempt_->next();
    if (attempt_->done()) attempt_ended();
  } else {
    attempt_.reset();
    retry_at_ = now + fail_over_.advance(random_number());
  }
}

// ---- waiting

void NatsConnection::prepare(PollSet& set) {
  if (!events_.empty()) set.wake_at(MonotonicTime::min());
  if (session_) return session_->prepare(set);
  if (attempt_) return attempt_->prepare(set);
  if (!retry_at_) return;
  set.wake_at(*retry_at_);
  lookups_.prepare(fail_over_.servers().current().host, set);
}

void NatsConnection::dispatch(const PollSet& set) {
  if (session_) {
    session_->dispatch(set);
  } else if (attempt_) {
    attempt_->dispatch(set);
    if (attempt_->done()) attempt_ended();
  } else if (retry_at_ && (clock_.monotonic() >= *retry_at_ || lookups_.done(fail_over_.servers().current().host))) {
    retry_at_.reset();
    try_server();
  }
}

}  // namespace remaphore
