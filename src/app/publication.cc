#include "app/publication.h"

#include <fmt/format.h>

#include "base/duration.h"
#include "core/subject.h"
#include "core/wire.h"

namespace remaphore {
namespace {

// A message that was signed longer ago is signed anew: a server that was slow to answer must not use up the receivers'
// clock skew.
constexpr Duration kFresh = std::chrono::milliseconds(100);

}  // namespace

Publication::Publication(const SendOptions& options, const Clock& clock, Bus& bus, Log& log)
    : options_(options), clock_(clock), bus_(bus), log_(log) {
  sign();
}

void Publication::sign() {
  Message message = options_.message;
  message.time = signed_at_ = clock_.now();
  bytes_ = wire::encode(message, options_.identity->secret_key);
}

void Publication::publish() {
  if (distance(clock_.now(), signed_at_) > kFresh) sign();
  if (bytes_.size() > bus_.max_payload()) {
    fail(fmt::format("the message is too large: {} bytes, the server takes {} (max_payload)", bytes_.size(),
                     bus_.max_payload()));
    return;
  }
  if (reply_prefix_) {
    hash_ = wire::hash(bytes_);
    bus_.subscribe(subject::reply(*reply_prefix_, hash_));
  }
  bus_.publish({.subject = options_.subject, .payload = bytes_});
  flush_ = bus_.flush();
  state_ = State::kSent;
  written_ = true;
}

Publication::State Publication::handle(const BusEvent& event) {
  switch (event.kind) {
    case BusEvent::Kind::kOpen:
      if (state_ == State::kUnsent) publish();
      break;
    case BusEvent::Kind::kFlushed:
      if (event.flush == flush_) state_ = State::kConfirmed;
      break;
    case BusEvent::Kind::kDenied:  // with replies, it may be their subscription: the message went out behind it
      return fail(reply_prefix_ ? event.text + "; the message may have been delivered" : event.text);
    case BusEvent::Kind::kRefused:
      if (state_ == State::kSent) written_ = false;  // refused at the login: nothing behind it was taken
      return fail(event.text);
    case BusEvent::Kind::kLost:
      last_reason_ = event.text;
      if (state_ == State::kUnsent || (state_ == State::kSent && !event.maybe_delivered)) {
        state_ = State::kUnsent;
        written_ = false;
        break;
      }
      return fail(state_ == State::kSent
                      ? fmt::format("{}; the message may have been delivered", event.text)
                      : fmt::format("{} while waiting for replies; the message may have been delivered", event.text));
    case BusEvent::Kind::kDelivery: break;
  }
  return state_;
}

void Publication::give_up(Duration timeout) {
  const std::string after = format_duration(timeout);
  if (state_ == State::kSent) {
    fail(fmt::format("no confirmation from the server within {}; the message may have been delivered", after));
  } else if (last_reason_.empty()) {
    fail(fmt::format("no server answered within {}", after));
  } else {
    fail(fmt::format("no server took the message within {}: {}", after, last_reason_));
  }
}

Publication::State Publication::fail(std::string_view why) {
  log_.failure(why);
  return state_ = State::kFailed;
}

}  // namespace remaphore
