#include "app/publisher.h"

#include <fmt/format.h>

#include "base/duration.h"
#include "core/wire.h"

namespace remaphore {
namespace {

// A message signed longer ago is signed again: a server that was slow to answer must not use up the receivers'
// clock skew.
constexpr Duration kFresh = std::chrono::milliseconds(100);

}  // namespace

Publisher::Publisher(const SendOptions& options, const Clock& clock, Log& log)
    : options_(options), clock_(clock), log_(log) {
  sign();
}

void Publisher::sign() {
  Message message = options_.message;
  message.time = signed_at_ = clock_.now();
  bytes_ = wire::encode(message, options_.identity->secret_key);
  hash_.reset();
}

void Publisher::prepare() {
  if (state_ != State::kUnsent || prepared_) return;
  if (distance(clock_.now(), signed_at_) > kFresh) sign();
  prepared_ = true;
}

const Digest& Publisher::hash() const {
  if (!hash_) hash_ = wire::hash(bytes_);
  return *hash_;
}

void Publisher::opened() {
  if (state_ != State::kUnsent) return;
  prepare();
  if (bytes_.size() > bus().max_payload()) {
    return abandon(fmt::format("the message is too large: {} bytes, the server takes {} (max_payload)", bytes_.size(),
                               bus().max_payload()));
  }
  bus().publish({.subject = options_.subject, .payload = bytes_});
  flush_ = bus().flush();
  state_ = State::kSent;
  written_ = true;
  sent_at_ = clock_.monotonic();
  if (on_sent_) on_sent_();
}

void Publisher::flushed(FlushId id) {
  if (state_ == State::kSent && id == flush_) state_ = State::kConfirmed;
}

// Before the confirmation, any denial may be ours, whatever name it carries.
void Publisher::denied(const BusEvent& denial) {
  if (denial.denied == BusEvent::Denied::kSubscription) return;
  const bool ours = denial.denied_subject.empty() || denial.denied_subject == options_.subject;
  if (ours || state_ == State::kSent) abandon(denial.text);
}

void Publisher::lost(const BusEvent& loss) {
  prepared_ = false;
  if (state_ == State::kUncertain) return;  // later reasons do not explain that
  last_reason_ = loss.text;
  if (state_ != State::kSent) return;
  state_ = loss.maybe_delivered ? State::kUncertain : State::kUnsent;
  written_ = loss.maybe_delivered;
}

void Publisher::refused(const std::string& why) {
  if (state_ == State::kSent) written_ = false;  // refused at the login: nothing after it was accepted
  abandon(why);
}

void Publisher::give_up(Duration timeout) {
  const std::string after = format_duration(timeout);
  if (state_ == State::kUncertain) {
    abandon(fmt::format("{}; the message may have been delivered", last_reason_));
  } else if (state_ == State::kSent) {
    abandon(fmt::format("no confirmation from the server within {}; the message may have been delivered", after));
  } else if (last_reason_.empty()) {
    abandon(fmt::format("no server answered within {}", after));
  } else {
    abandon(fmt::format("no server took the message within {}: {}", after, last_reason_));
  }
}

void Publisher::abandon(std::string_view why) {
  if (state_ == State::kAbandoned) return;
  log_.failure(why);
  state_ = State::kAbandoned;
}

}  // namespace remaphore
