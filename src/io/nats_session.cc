#include "io/nats_session.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "core/subject.h"
#include "nats/headers.h"
#include "nats/writer.h"

namespace remaphore {
namespace {

Denial::Of denied(nats::Denial::Of of) {
  switch (of) {
    case nats::Denial::Of::kSubscription: return Denial::Of::kSubscription;
    case nats::Denial::Of::kPublication: return Denial::Of::kPublication;
    case nats::Denial::Of::kUnknown: break;
  }
  return Denial::Of::kUnknown;
}

}  // namespace

// ---- what we send

SubscriptionId NatsSession::subscribe(std::string_view subject) {
  nats::write_subscribe(tail(), subject, ++numbers_.subscription);
  return subscriptions_.emplace_back(SubscriptionId{numbers_.subscription});
}

void NatsSession::unsubscribe(SubscriptionId id) {
  const auto found = std::lower_bound(subscriptions_.begin(), subscriptions_.end(), id);
  if (found == subscriptions_.end() || *found != id) return;
  subscriptions_.erase(found);
  nats::write_unsubscribe(tail(), static_cast<std::uint64_t>(id));
}

void NatsSession::publish(const Outgoing& message) {
  const std::string headers = message.headers.empty() ? std::string() : nats::format_headers(message.headers);
  nats::write_publish(tail(), {message.subject, message.reply_to, headers, message.payload});
  published_ = true;
}

FlushId NatsSession::flush() {
  nats::write_ping(tail());
  keep_alive_.asked(++numbers_.flush, link_.appended());
  return FlushId{numbers_.flush};
}

// ---- what the server sends

std::optional<BusEvent> NatsSession::next() {
  if (!std::exchange(announced_, true)) return LinkOpen{};
  while (!end_) {
    const auto op = link_.next();
    if (!op) {
      lost(op.error().message);
    } else if (!*op) {
      return std::nullopt;
    } else if (auto event = handle(**op)) {
      return event;
    } else if (info_) {
      return std::nullopt;
    }
  }
  return std::nullopt;
}

std::optional<BusEvent> NatsSession::handle(const nats::Op& op) {
  using Kind = nats::Op::Kind;
  switch (op.kind) {
    case Kind::kMessage: return delivery(op);
    case Kind::kPong: return heard_pong();
    case Kind::kError: return heard_error(op.text);
    case Kind::kPing:
      // A server that sends PINGs without reading cannot make us accumulate answers.
      if (link_.unsent() < nats::Parser::kSlack) nats::write_pong(tail());
      break;
    case Kind::kInfo:
      if (auto info = nats::parse_server_info(op.text)) {
        info_ = std::move(*info);
      } else {
        lost(info.error().message);
      }
      break;
    case Kind::kOk: break;
  }
  return std::nullopt;
}

// Nothing if it belongs to no current subscription.
std::optional<BusEvent> NatsSession::delivery(const nats::Op& op) {
  const SubscriptionId id{op.sid};
  if (!std::binary_search(subscriptions_.begin(), subscriptions_.end(), id)) return std::nullopt;
  Delivery message{.subscription = id, .arrival = link_.arrival(), .subject = op.subject, .payload = op.payload};
  if (!op.reply_to.empty() && subject::check(op.reply_to)) message.reply_to = op.reply_to;
  if (op.headers.empty()) return message;
  if (auto block = nats::parse_headers(op.headers)) {
    headers_ = std::move(block->headers);
    message.status = block->status;
    message.headers = headers_;
  }
  return message;
}

std::optional<BusEvent> NatsSession::heard_pong() {
  const auto answered = keep_alive_.answered(link_.sent());
  if (!answered) return std::nullopt;
  if (!logged_in_at_) logged_in_at_ = link_.heard_at();
  published_ = published_ && flushing();
  if (*answered == nats::KeepAlive::kProbe) return std::nullopt;
  return Flushed{FlushId{*answered}};
}

std::optional<BusEvent> NatsSession::heard_error(std::string_view text) {
  const nats::ServerError error = nats::classify_error(text);
  std::string why = fmt::format("the server {} says {}", where_, quote(text));
  if (error != nats::ServerError::kDenied || (!logged_in() && ++denials_ > kMaxDenials)) {
    end_ = {std::move(why), error, quote(text)};
    return std::nullopt;
  }
  nats::Denial denial = nats::parse_denial(text);
  return Denial{.of = denied(denial.of),
                .subject = std::move(denial.subject),
                .text = std::move(why) + "; the credentials do not permit it"};
}

// ---- the end

void NatsSession::lost(std::string_view why) {
  // A server closes the link of a client that is slow to read without notice, even in the middle of a message.
  const bool in_a_message = logged_in() && link_.has_part_of_operation();
  const char* const hint =
      in_a_message ? ", in the middle of a message: the server may have dropped this client as a slow consumer" : "";
  end_ = {fmt::format("connection to {} lost: {}{}", where_, why, hint)};
}

bool NatsSession::maybe_delivered() const {
  using nats::ServerError;
  const bool not_let_in = !logged_in() && end_ && end_->error && *end_->error != ServerError::kOther;
  return published_ && link_.sent_any() && !not_let_in;
}

// ---- waiting

void NatsSession::prepare(PollSet& set) {
  if (!announced_ || end_) set.wake_at(MonotonicTime::min());
  link_.prepare(set);
  if (is_unconfirmed_login()) set.wake_at(login_ends_);
  set.wake_at(keep_alive_.due(link_.heard_at()));
}

void NatsSession::dispatch(const PollSet& set) {
  link_.dispatch(set);
  const MonotonicTime now = clock_.monotonic();
  if (is_unconfirmed_login() && now >= login_ends_) return lost("it does not answer");
  if (link_.has_unread() || now < keep_alive_.due(link_.heard_at())) return;
  // The server is still reading what precedes our PING, and will reach it.
  if (link_.progresses()) return keep_alive_.progressed(now);
  if (keep_alive_.exhausted()) return lost("it does not answer");
  nats::write_ping(tail());
  keep_alive_.asked(nats::KeepAlive::kProbe, link_.appended());
}

}  // namespace remaphore
