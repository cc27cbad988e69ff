#include "app/publisher.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/duration.h"
#include "core/wire.h"

namespace remaphore {

Publisher::Publisher(const SendOptions& options, const Clock& clock, Log& log, Workers* workers)
    : options_(options), clock_(clock), log_(log), messages_(options.count()), released_(messages_.size()) {
  if (workers != nullptr && size() > 1) signing_.emplace(options.message, options.identity->secret_key, *workers);
  sign(0);
}

void Publisher::sign(std::size_t i) {
  keep(i, sign_message(options_.message, destination(i), clock_.now(), options_.identity->secret_key));
}

void Publisher::keep(std::size_t i, SignedMessage message) {
  messages_[i].bytes = std::move(message.bytes);
  messages_[i].signed_at = message.time;
  messages_[i].hash = message.hash;
}

void Publisher::sign_ahead() {
  if (!signing_) return;
  for (std::size_t i = std::max<std::size_t>(1, signing_->end()); i < released_; ++i) {
    if (!signing_->begin(i, destination(i), clock_.now())) break;
  }
}

void Publisher::prepare(std::size_t i) {
  Signed& message = messages_[i];
  if (abandoned_ || written(i) || message.prepared) return;
  if (message.bytes.empty() && signing_) {
    if (auto made = signing_->take(i)) keep(i, std::move(*made));
  }
  if (message.bytes.empty() || distance(clock_.now(), message.signed_at) > kFresh) sign(i);
  message.prepared = true;
}

const Digest& Publisher::hash(std::size_t i) const {
  const Signed& message = messages_[i];
  if (!message.hash) message.hash = wire::hash(message.bytes);
  return *message.hash;
}

void Publisher::release(std::size_t count) {
  released_ = count;
  sign_ahead();
  send_more();
}

void Publisher::opened() {
  open_ = true;
  sign_ahead();
  send_more();
}

void Publisher::send_more() {
  while (open_ && !abandoned_ && unsent() > 0 && groups_.size() < kMaxGroups) send_group();
}

void Publisher::send_group() {
  const std::size_t first = next_;
  for (std::size_t bytes = 0; unsent() > 0 && next_ - first < kGroupMessages && bytes < kGroupBytes;) {
    prepare(next_);
    if (!fits(next_)) break;
    Signed& message = messages_[next_];
    if (on_sending_) on_sending_(next_);
    bus().publish({.subject = options_.subject, .payload = message.bytes});
    message.sent_at = clock_.monotonic();
    bytes += message.bytes.size();
    ++next_;
    sign_ahead();
  }
  if (next_ == first) return;
  groups_.push_back({first, bus().flush(*this)});
  if (on_sent_) on_sent_();
}

// The first message speaks for all, so that it is not the last one of many that is found to be too large.
bool Publisher::fits(std::size_t i) {
  std::size_t size = messages_[i].bytes.size();
  if (i == 0) {
    std::size_t longest = destination(0).size();
    for (const std::string& name : options_.names) longest = std::max(longest, name.size());
    size += longest - destination(0).size();
  }
  if (size <= bus().max_payload()) return true;
  abandon(fmt::format("the message is too large: {} bytes; the server takes at most {} (max_payload)", size,
                      bus().max_payload()));
  return false;
}

void Publisher::flushed(FlushId id) {
  while (!groups_.empty() && groups_.front().flush <= id) {
    const std::size_t first = groups_.front().first;
    groups_.pop_front();
    const std::size_t end = groups_.empty() ? next_ : groups_.front().first;
    if (size() > 1) {
      for (std::size_t i = first; i < end; ++i) messages_[i].bytes = {};
    }
  }
  send_more();
}

// Before the confirmation, any denial may be ours, whatever name it carries.
void Publisher::denied(const Denial& denial) {
  if (denial.of == Denial::Of::kSubscription) return;
  const bool ours = denial.subject.empty() || denial.subject == options_.subject;
  if (ours || in_flight() > 0) abandon(denial.text);
}

void Publisher::lost(const LinkLost& loss) {
  open_ = false;
  for (std::size_t i = next_; i < size() && messages_[i].prepared; ++i) messages_[i].prepared = false;
  if (uncertain_ == 0) last_reason_ = loss.reason;  // later reasons do not explain what is uncertain
  if (in_flight() == 0) return;
  if (loss.maybe_delivered) {
    uncertain_ += in_flight();
    groups_.clear();
  } else {
    take_back();
  }
}

void Publisher::refused(const std::string& why) {
  open_ = false;
  take_back();  // refused at the login: nothing after it was accepted
  abandon(why);
}

// Messages in flight were not delivered.
void Publisher::take_back() {
  if (groups_.empty()) return;
  const std::size_t first = groups_.front().first;
  for (std::size_t i = first; i < next_; ++i) messages_[i].prepared = false;
  next_ = first;
  groups_.clear();
}

void Publisher::give_up(Duration timeout) {
  const std::string after = format_duration(timeout);
  const std::string once = size() > 1 || in_flight() + uncertain_ == 0 ? "" : "; the message may have been delivered";
  if (uncertain_ > 0) {
    abandon(last_reason_ + once);
  } else if (in_flight() > 0) {
    abandon(fmt::format("no confirmation from the server within {}{}", after, once));
  } else if (last_reason_.empty()) {
    abandon(fmt::format("no server answered within {}", after));
  } else {
    abandon(fmt::format("no server accepted the message within {}: {}", after, last_reason_));
  }
}

void Publisher::abandon(std::string_view why) {
  if (abandoned_) return;
  log_.failure(size() > 1 ? fmt::format("{}; {}", why, fate()) : std::string(why));
  abandoned_ = true;
}

// The fate of several messages.
std::string Publisher::fate() const {
  if (!written()) return fmt::format("none of {} messages was sent", size());
  return fmt::format("of {} messages, {} were confirmed, {} more may have been delivered, {} were not sent", size(),
                     confirmed(), in_flight() + uncertain_, size() - next_);
}

Publisher::State Publisher::state() const {
  if (abandoned_) return State::kAbandoned;
  if (uncertain_ > 0) return State::kUncertain;
  if (unsent() > 0) return State::kUnsent;
  return groups_.empty() ? State::kConfirmed : State::kSent;
}

}  // namespace remaphore
