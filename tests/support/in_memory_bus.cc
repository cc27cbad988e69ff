#include "support/in_memory_bus.h"

#include <algorithm>
#include <stdexcept>

#include "core/subject.h"

namespace remaphore::test {
namespace {

constexpr std::string_view kAnyLastPart = ".*";

void require(bool holds, const char* what) {
  if (!holds) throw std::logic_error(what);
}

bool matches(std::string_view pattern, std::string_view subject) {
  if (!pattern.ends_with(kAnyLastPart)) return pattern == subject;
  pattern.remove_suffix(1);
  return subject.starts_with(pattern) && subject.find('.', pattern.size()) == std::string_view::npos;
}

// A copy of `message`, which may be views of the current event.
InMemoryBroker::Published owned(const Outgoing& message) {
  InMemoryBroker::Published copy{std::string(message.subject), std::string(message.payload),
                                 std::string(message.reply_to)};
  for (const auto& [name, value] : message.headers) copy.headers.emplace_back(name, value);
  return copy;
}

// What ports/bus.h requires of a publisher.
void check(const Outgoing& message, std::size_t max_payload) {
  require(bool{subject::check(message.subject)}, "published to an unchecked subject");
  require(message.reply_to.empty() || subject::check(message.reply_to), "published with an unchecked reply-to");
  require(message.headers.size() <= header::kMaxCount, "published with too many headers");
  std::size_t size = message.payload.size() + (message.headers.empty() ? 0 : header::kMaxBlockBytes);
  for (const Header& header : message.headers) require(bool{header::check(header)}, "published an unchecked header");
  require(size <= max_payload, "published more than max_payload");
}

}  // namespace

bool InMemoryBroker::publish(const Outgoing& message) {
  const Published copy = owned(message);
  bool delivered = false;
  for (InMemoryBus* endpoint : endpoints_) delivered = endpoint->deliver(copy) || delivered;
  return (service && service(copy)) || delivered;
}

void InMemoryBroker::stop() {
  running_ = false;
  for (InMemoryBus* endpoint : endpoints_) {
    if (!endpoint->open_) continue;
    endpoint->lose("the server closed the connection",
                   endpoint->unflushed_ ? Unconfirmed::kMaybeDelivered : Unconfirmed::kLost);
  }
}

void InMemoryBroker::start() {
  running_ = true;
  for (InMemoryBus* endpoint : endpoints_) {
    if (endpoint->connecting_) endpoint->open();
  }
}

InMemoryBus::Current::Current(InMemoryBroker::Published message) : message_(std::move(message)) {
  for (const auto& [name, value] : message_.headers) headers_.push_back({name, value});
}

Delivery InMemoryBus::Current::shown_by(Delivery delivery) const {
  delivery.subject = message_.subject;
  delivery.reply_to = message_.reply_to;
  delivery.headers = headers_;
  delivery.payload = message_.payload;
  return delivery;
}

InMemoryBus::InMemoryBus(InMemoryBroker& broker, const Clock& clock) : broker_(broker), clock_(clock) {
  broker_.endpoints_.push_back(this);
}

InMemoryBus::~InMemoryBus() {
  broker_.endpoints_.erase(std::find(broker_.endpoints_.begin(), broker_.endpoints_.end(), this));
}

void InMemoryBus::connect() {
  current_.reset();
  connecting_ = true;
  if (broker_.running_) return open();
  push(LinkLost{.reason = "cannot connect to memory: nobody is there", .heard_at = clock_.monotonic()});
}

void InMemoryBus::open() {
  connecting_ = false;
  max_payload_ = broker_.max_payload;
  push(LinkOpen{});
  if (refused_) {  // a server judges the login after it has greeted
    push(LinkRefused{"the server refuses the credentials"});
    return;
  }
  open_ = true;
}

SubscriptionId InMemoryBus::subscribe(std::string_view subject) {
  const std::string held(subject);  // it may be a view of the current event
  current_.reset();
  if (!open_) return SubscriptionId::kNone;
  const std::string_view checked =
      std::string_view(held).substr(0, held.size() - (held.ends_with(kAnyLastPart) ? 2 : 0));
  require(bool{subject::check(checked)}, "subscribed to an unchecked subject");
  const SubscriptionId id{++last_subscription_};
  if (permits(held)) {
    subscriptions_.push_back({id, held});
  } else {
    deny("no subscription to " + held, Denial::Of::kSubscription, held);
  }
  return id;
}

void InMemoryBus::unsubscribe(SubscriptionId id) {
  current_.reset();
  std::erase_if(subscriptions_, [id](const Subscription& one) { return one.id == id; });
  std::erase_if(events_, [id](const Queued& queued) {
    const auto* message = std::get_if<Delivery>(&queued.event);
    return message != nullptr && message->subscription == id;
  });
}

void InMemoryBus::publish(const Outgoing& message) {
  if (!open_) return current_.reset();
  check(message, max_payload_);
  const InMemoryBroker::Published copy = owned(message);
  current_.reset();
  unflushed_ = true;
  if (!permits(copy.subject)) {
    return deny("no publication to " + copy.subject, Denial::Of::kPublication, copy.subject);
  }
  broker_.published.push_back(copy);
  bool delivered = false;
  for (InMemoryBus* endpoint : broker_.endpoints_) delivered = endpoint->deliver(copy) || delivered;
  delivered = (broker_.service && broker_.service(copy)) || delivered;
  constexpr int kNobodyListens = 503;
  if (!delivered && !copy.reply_to.empty()) deliver({.subject = copy.reply_to, .payload = {}}, kNobodyListens);
  if (broker_.on_publish) broker_.on_publish(copy.subject, copy.payload);
}

FlushId InMemoryBus::flush() {
  current_.reset();
  if (!open_) return FlushId::kNone;
  const FlushId id{++last_flush_};
  if (hold_) return id;
  unflushed_ = false;
  push(Flushed{id});
  return id;
}

std::optional<BusEvent> InMemoryBus::next() {
  current_.reset();
  if (events_.empty()) return std::nullopt;
  Queued queued = std::move(events_.front());
  events_.pop_front();
  if (auto* const message = std::get_if<Delivery>(&queued.event)) {
    current_ = std::make_unique<Current>(std::move(queued.message));
    *message = current_->shown_by(*message);
  }
  return std::move(queued.event);
}

std::vector<std::string> InMemoryBus::subscriptions() const {
  std::vector<std::string> subjects;
  for (const Subscription& one : subscriptions_) subjects.push_back(one.subject);
  return subjects;
}

void InMemoryBus::permit_only(std::set<std::string> subjects) { permitted_ = std::move(subjects); }

bool InMemoryBus::permits(const std::string& subject) const {
  if (!permitted_ || permitted_->contains(subject)) return true;
  return std::any_of(permitted_->begin(), permitted_->end(),
                     [&](const std::string& pattern) { return matches(pattern, subject); });
}

void InMemoryBus::deny(std::string text, Denial::Of of, std::string_view subject) {
  push(Denial{.of = of, .subject = std::string(subject), .text = std::move(text)});
}

bool InMemoryBus::deliver(const InMemoryBroker::Published& message, int status) {
  bool delivered = false;
  for (const Subscription& one : subscriptions_) {
    if (!matches(one.subject, message.subject)) continue;
    delivered = true;
    ++broker_.deliveries;
    events_.push_back({Delivery{.subscription = one.id, .arrival = clock_.now(), .status = status}, message});
  }
  return delivered;
}

void InMemoryBus::lose(std::string text, Unconfirmed unconfirmed) {
  events_.clear();
  subscriptions_.clear();
  open_ = unflushed_ = false;
  connecting_ = true;
  push(LinkLost{std::move(text), unconfirmed == Unconfirmed::kMaybeDelivered, clock_.monotonic()});
  if (broker_.running_) open();
}

}  // namespace remaphore::test
