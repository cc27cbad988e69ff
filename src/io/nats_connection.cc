#include "io/nats_connection.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/base64.h"
#include "base/duration.h"
#include "base/text.h"
#include "core/keys.h"
#include "core/subject.h"
#include "io/credentials_file.h"
#include "io/version.h"
#include "nats/headers.h"
#include "nats/inbox.h"
#include "nats/server_error.h"
#include "nats/writer.h"

namespace remaphore {
namespace {

constexpr std::size_t kReadAtOnce = std::size_t{64} << 10;
constexpr std::size_t kFirstRead = 4096;
constexpr std::size_t kBudget = std::size_t{1} << 20;  // bytes between two waits
constexpr unsigned kMaxDenials = 16;  // before the first PONG; a server that says no more often is given up
constexpr Duration kHeld = std::chrono::seconds(1);

std::uint16_t random_number() {
  std::uint16_t number = 0;
  keys::random_bytes(std::span(reinterpret_cast<std::uint8_t*>(&number), sizeof number));
  return number;
}

BusEvent::Denied denied(nats::Denial::Of of) {
  switch (of) {
    case nats::Denial::Of::kSubscription: return BusEvent::Denied::kSubscription;
    case nats::Denial::Of::kPublication: return BusEvent::Denied::kPublication;
    case nats::Denial::Of::kUnknown: break;
  }
  return BusEvent::Denied::kUnknown;
}

}  // namespace

NatsConnection::NatsConnection(NatsOptions options, const Clock& clock)
    : options_(std::move(options)),
      clock_(clock),
      servers_(options_.servers, options_.refusals),
      credentials_(std::move(options_.loaded)),
      credentials_are_fresh_(credentials_.has_value()) {}

NatsConnection::~NatsConnection() = default;

std::string NatsConnection::where() const { return servers_.current().display(); }

void NatsConnection::connect() { try_server(); }

// ---- from nothing to a link

void NatsConnection::try_server() {
  attempt_ends_ = clock_.monotonic() + servers_.attempt_timeout(options_.whole);
  state_ = State::kDialing;
  dialer_.emplace(servers_.current(), attempt_ends_, clock_);
  if (dialer_->done()) dialed();
}

void NatsConnection::dialed() {
  auto socket = dialer_->take();
  readable_ = dialer_->has_greeting();
  dialer_.reset();
  if (!socket) return attempt_failed(socket.error().message);
  socket_ = std::move(*socket);
  stream_ = std::make_unique<PlainStream>(socket_.get());
  parser_.emplace();
  info_ = {};
  state_ = State::kGreeting;
}

void NatsConnection::greeted(const nats::ServerInfo& info) {
  info_ = info;
  set_max_payload(info.max_payload);
  servers_.learn(info.connect_urls);
  if (info.lame_duck && servers_.has_others()) return attempt_failed(fmt::format("{} is shutting down", where()));

  const ServerAddress& address = servers_.current();
  const bool want_tls = address.tls || options_.tls.any();
  if (want_tls && !info.tls_required && !info.tls_available) {
    return attempt_failed(fmt::format("{} offers no TLS, which the config demands", where()));
  }
  if (!want_tls && !info.tls_required) return log_in();
  if (parser_->pending() > 0) return attempt_failed(fmt::format("{} spoke before the TLS handshake", where()));
  auto tls = TlsStream::start(socket_.get(), address.host, options_.tls);
  if (!tls) return give_up(tls.error().message);  // no module, unusable files: no other try will do better
  handshake_ = tls->get();
  stream_ = std::move(*tls);
  state_ = State::kHandshake;
}

// CONNECT goes into the buffer; what the owner publishes at kOpen goes behind it, and all of it out in one write.
void NatsConnection::log_in() {
  const ServerAddress& address = servers_.current();
  nats::ConnectFields fields;
  fields.version = kVersion;
  fields.tls = stream_.get() == handshake_ && handshake_ != nullptr;
  handshake_ = nullptr;
  if (servers_.current_is_configured()) {
    fields.user = address.user;
    fields.password = address.password;
  }
  std::string signature;
  if (!std::exchange(credentials_are_fresh_, false) || !credentials_) {
    auto reread = read_credentials(options_.credentials);
    if (reread) credentials_ = std::move(*reread);
    // A file that is gone or half written for a moment: the last good one may still do.
    if (!credentials_) return attempt_failed(reread.error().message);
  }
  const nats::Credentials* credentials = &*credentials_;
  if (!info_.nonce.empty()) {
    fields.token = credentials->token;
    signature = base64url(credentials->key.sign(info_.nonce).bytes);
    fields.signature = signature;
  }
  inbox_prefix_ = info_.nonce.empty() ? std::string() : nats::inbox_prefix(credentials->key.public_key());
  out_ = {};
  nats::write_connect(out_.tail(), fields);
  state_ = State::kOpen;
  pongs_.clear();
  subscriptions_.clear();
  published_ = logged_in_ = credentials_refused_ = not_taken_ = lame_ = false;
  login_error_.clear();
  denials_ = 0;
  heard_ = clock_.monotonic();
  events_.push_back({.kind = BusEvent::Kind::kOpen});
}

// ---- what the owner says

SubscriptionId NatsConnection::subscribe(std::string_view subject) {
  if (!link_is_up()) return SubscriptionId::kNone;
  nats::write_subscribe(out_.tail(), subject, ++last_subscription_);
  return subscriptions_.emplace_back(SubscriptionId{last_subscription_});
}

void NatsConnection::unsubscribe(SubscriptionId id) {
  if (!link_is_up() || std::erase(subscriptions_, id) == 0) return;
  nats::write_unsubscribe(out_.tail(), static_cast<std::uint64_t>(id));
}

void NatsConnection::publish(const Outgoing& message) {
  if (!link_is_up()) return;
  const std::string headers = message.headers.empty() ? std::string() : nats::format_headers(message.headers);
  nats::write_publish(out_.tail(), {message.subject, message.reply_to, headers, message.payload});
  published_ = true;
}

FlushId NatsConnection::flush() {
  if (!link_is_up()) return FlushId::kNone;
  nats::write_ping(out_.tail());
  return pongs_.emplace_back(FlushId{++last_flush_});
}

// ---- what the server says

std::optional<BusEvent> NatsConnection::next() {
  while (true) {
    if (!events_.empty()) {
      BusEvent event = std::move(events_.front());
      events_.pop_front();
      return event;
    }
    if (!parser_ || (state_ != State::kGreeting && state_ != State::kOpen)) return std::nullopt;
    const auto op = parser_->next();
    if (!op) {
      link_lost(op.error().message);
      continue;
    }
    if (!*op) {
      if (!fill()) return std::nullopt;
      continue;
    }
    if ((*op)->kind != nats::Op::Kind::kMessage || state_ == State::kGreeting) {
      handle(**op);
    } else if (auto event = delivery(**op)) {
      return event;
    }
  }
}

bool NatsConnection::fill() {
  if (!readable_ || budget_ == 0) return false;
  const std::span<char> room = parser_->writable(logged_in_ ? kReadAtOnce : kFirstRead);
  const Transfer got = stream_->read(room);
  switch (got.status) {
    case Transfer::Status::kDone:
      arrival_ = clock_.now();
      heard_ = clock_.monotonic();
      parser_->commit(got.size);
      budget_ -= std::min(budget_, got.size);
      // A read that did not fill the room has emptied the socket.
      if (got.size < room.size() && !stream_->has_buffered()) readable_ = false;
      return true;
    case Transfer::Status::kAgain:
      readable_ = false;
      if (out_.error().empty()) return false;
      link_lost(out_.error());
      return true;
    case Transfer::Status::kClosed: link_lost("the server closed the connection"); return true;
    case Transfer::Status::kFailed: link_lost(got.error); return true;
  }
  return false;
}

// Nothing if nobody waits for it any more.
std::optional<BusEvent> NatsConnection::delivery(const nats::Op& op) const {
  const SubscriptionId id{op.sid};
  if (std::find(subscriptions_.begin(), subscriptions_.end(), id) == subscriptions_.end()) return std::nullopt;
  BusEvent event{.kind = BusEvent::Kind::kDelivery,
                 .subscription = id,
                 .arrival = arrival_,
                 .subject = op.subject,
                 .payload = op.payload};
  if (!op.reply_to.empty() && subject::check(op.reply_to)) event.reply_to = op.reply_to;
  if (op.headers.empty()) return event;
  if (auto headers = nats::parse_headers(op.headers)) {
    event.status = headers->status;
    event.headers = std::move(headers->headers);
  }
  return event;
}

void NatsConnection::handle(const nats::Op& op) {
  using Kind = nats::Op::Kind;
  if (state_ == State::kGreeting && op.kind != Kind::kInfo && op.kind != Kind::kError) {
    return link_lost("the server did not greet with INFO");
  }
  switch (op.kind) {
    case Kind::kPing:
      // A server that asks without listening does not make us pile up answers.
      if (out_.unsent() < nats::Parser::kSlack) nats::write_pong(out_.tail());
      break;
    case Kind::kPong: {
      if (pongs_.empty()) break;
      const FlushId flush = pongs_.front();
      pongs_.pop_front();
      if (!logged_in_) logged_in_at_ = heard_;
      logged_in_ = true;
      servers_.accepted();
      published_ = published_ && flushing();
      if (flush != FlushId::kNone) events_.push_back({.kind = BusEvent::Kind::kFlushed, .flush = flush});
      move_on_if_lame();
      break;
    }
    case Kind::kInfo: {
      const auto info = nats::parse_server_info(op.text);
      if (!info) return link_lost(info.error().message);
      if (state_ == State::kGreeting) return greeted(*info);
      servers_.learn(info->connect_urls);
      set_max_payload(info->max_payload);
      lame_ = lame_ || info->lame_duck;
      move_on_if_lame();
      break;
    }
    case Kind::kError: server_error(op.text); break;
    case Kind::kMessage:
    case Kind::kOk: break;
  }
}

void NatsConnection::server_error(std::string_view text) {
  const std::string said = fmt::format("the server {} says {}", where(), quote(text));
  const nats::ServerError error = nats::classify_error(text);
  const bool patient = logged_in_ || ++denials_ <= kMaxDenials;
  if (error == nats::ServerError::kDenied && state_ == State::kOpen && patient) {
    nats::Denial denial = nats::parse_denial(text);
    events_.push_back({.kind = BusEvent::Kind::kDenied,
                       .text = said + "; the credentials do not permit it",
                       .denied = denied(denial.of),
                       .denied_subject = std::move(denial.subject)});
    return;
  }
  credentials_refused_ = error == nats::ServerError::kCredentials;
  not_taken_ = !logged_in_ && (credentials_refused_ || error == nats::ServerError::kBusy);
  login_error_ = said;
  if (credentials_refused_) {
    login_error_ =
        fmt::format("the server {} refuses the credentials {}: {}", where(), options_.credentials, quote(text));
    login_error_ += what_ails_the_credentials();
  }
  link_lost(login_error_);
}

// As far as we can tell; empty if they look good.
std::string NatsConnection::what_ails_the_credentials() const {
  if (!credentials_) return {};
  const auto claims = nats::read_claims(*credentials_);
  if (!claims) return "; " + claims.error().message;
  const auto now = std::chrono::floor<std::chrono::seconds>(clock_.now()).time_since_epoch();
  if (!claims->expires || *claims->expires > now.count()) return {};
  const std::chrono::seconds age = now - std::chrono::seconds(std::max<std::int64_t>(*claims->expires, 0));
  return fmt::format("; they expired {} ago", format_duration(age));
}

void NatsConnection::set_max_payload(std::size_t bytes) {
  max_payload_ = std::min(bytes, nats::Parser::kMaxMaxPayload);
  parser_->set_max_payload(max_payload_);
}

void NatsConnection::move_on_if_lame() {
  if (!lame_ || !options_.leaves_lame_duck || !servers_.has_others() || flushing()) return;
  link_lost(fmt::format("{} is shutting down", where()));
}

int NatsConnection::unanswered_pings() const {
  return static_cast<int>(std::count(pongs_.begin(), pongs_.end(), FlushId::kNone));
}

bool NatsConnection::flushing() const { return static_cast<std::size_t>(unanswered_pings()) < pongs_.size(); }

// ---- from a link to nothing

void NatsConnection::drop_link() {
  stream_.reset();
  handshake_ = nullptr;
  socket_.reset();
  readable_ = false;
  out_ = {};
}

void NatsConnection::link_lost(const std::string& why) {
  if (state_ != State::kOpen) {
    return attempt_failed(fmt::format("cannot connect to {}: {}", where(), why));
  }
  const std::string text = login_error_.empty() ? fmt::format("connection to {} lost: {}", where(), why) : login_error_;
  const bool maybe_delivered = published_ && out_.sent_any() && !not_taken_;
  // A link that held starts the count of tries anew; one that a server drops at once must not make us spin.
  if (logged_in_ && clock_.monotonic() - logged_in_at_ >= kHeld) servers_.held();
  drop_link();
  events_.clear();
  if (credentials_refused_) servers_.refused();
  if (servers_.refused_everywhere()) return give_up(text);
  events_.push_back({.kind = BusEvent::Kind::kLost, .text = text, .maybe_delivered = maybe_delivered});
  next_server();
}

void NatsConnection::attempt_failed(const std::string& why) {
  drop_link();
  events_.push_back({.kind = BusEvent::Kind::kLost, .text = why});
  next_server();
}

void NatsConnection::give_up(const std::string& why) {
  drop_link();
  state_ = State::kFinal;
  events_.push_back({.kind = BusEvent::Kind::kRefused, .text = why});
}

void NatsConnection::next_server() {
  state_ = State::kWaiting;
  retry_at_ = clock_.monotonic() + servers_.advance(random_number());
}

// ---- waiting

void NatsConnection::prepare(PollSet& set) {
  if (!events_.empty()) set.wake_at(MonotonicTime::min());
  switch (state_) {
    case State::kIdle:
    case State::kFinal: return;
    case State::kWaiting: return set.wake_at(retry_at_);
    case State::kDialing: return dialer_->prepare(set);
    case State::kGreeting:
      set.add(socket_.get(), POLLIN);
      if (readable_) set.wake_at(MonotonicTime::min());
      return set.wake_at(attempt_ends_);
    case State::kHandshake:
      set.add(socket_.get(), handshake_->wanted() == 0 ? short{POLLOUT} : handshake_->wanted());
      return set.wake_at(attempt_ends_);
    case State::kOpen: break;
  }
  // After an error the read side says what happened, perhaps with the server's own reason.
  if (!out_.flush(*stream_)) readable_ = true;
  const int out = out_.unsent() > 0 ? POLLOUT : 0;
  set.add(socket_.get(), static_cast<short>(POLLIN | out | stream_->wanted()));
  if (readable_ || stream_->has_buffered()) set.wake_at(MonotonicTime::min());
  if (unconfirmed_login()) set.wake_at(attempt_ends_);
  set.wake_at(heard_ + kKeepAlive * (1 + unanswered_pings()));
}

void NatsConnection::dispatch(const PollSet& set) {
  const MonotonicTime now = clock_.monotonic();
  budget_ = kBudget;
  switch (state_) {
    case State::kIdle:
    case State::kFinal: return;
    case State::kWaiting:
      if (now >= retry_at_) try_server();
      return;
    case State::kDialing:
      dialer_->dispatch(set);
      if (dialer_->done()) dialed();
      return;
    case State::kGreeting:
      if (set.ready(socket_.get()) != 0) readable_ = true;
      break;
    case State::kHandshake: {
      const Transfer shaken = handshake_->handshake();
      if (shaken.status == Transfer::Status::kDone) return log_in();
      if (shaken.status == Transfer::Status::kAgain) break;
      return attempt_failed(fmt::format("TLS handshake with {} failed: {}", where(),
                                        shaken.error.empty() ? "the server closed the connection" : shaken.error));
    }
    case State::kOpen: {
      if ((set.ready(socket_.get()) & (POLLIN | POLLHUP | POLLERR)) != 0 || stream_->has_buffered()) readable_ = true;
      if (unconfirmed_login() && now >= attempt_ends_) return link_lost("it does not answer");
      const int pings = unanswered_pings();
      if (readable_ || now < heard_ + kKeepAlive * (1 + pings)) return;
      if (out_.progresses(socket_.get())) {  // it is taking in what was said before our PING, and will come to that
        heard_ = now;
        return;
      }
      if (pings >= kUnansweredPings) return link_lost("it does not answer");
      nats::write_ping(out_.tail());
      pongs_.push_back(FlushId::kNone);
      return;
    }
  }
  if (now >= attempt_ends_) attempt_failed(fmt::format("{} does not answer", where()));
}

}  // namespace remaphore
