#include "support/in_memory_bus.h"

#include <algorithm>
#include <stdexcept>

namespace remaphore::test {

void InMemoryBroker::publish(std::string_view subject, std::string_view payload) {
  for (InMemoryBus* endpoint : endpoints_) {
    for (const std::string& one : endpoint->subscriptions_) {
      if (one == subject) endpoint->deliver(payload);
    }
  }
}

void InMemoryBroker::stop() {
  running_ = false;
  for (InMemoryBus* endpoint : endpoints_) {
    if (endpoint->open_) endpoint->lose("the server closed the connection", endpoint->unconfirmed_);
  }
}

void InMemoryBroker::start() {
  running_ = true;
  for (InMemoryBus* endpoint : endpoints_) {
    if (endpoint->connecting_) endpoint->open();
  }
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
  push({BusEvent::Kind::kLost, {}, {}, "cannot connect to memory: nobody is there"});
}

void InMemoryBus::open() {
  connecting_ = false;
  max_payload_ = broker_.max_payload;
  push({BusEvent::Kind::kOpen, {}, {}, {}});
  if (refused_) {  // a server judges the login after it has greeted
    push({BusEvent::Kind::kRefused, {}, {}, "the server refuses the credentials"});
    return;
  }
  open_ = true;
}

void InMemoryBus::subscribe(std::string_view subject) {
  current_.reset();
  if (!open_) return;
  if (permitted_ && permitted_->count(std::string(subject)) == 0)
    return deny("no subscription to " + std::string(subject));
  subscriptions_.emplace_back(subject);
}

void InMemoryBus::publish(std::string_view subject, std::string_view payload) {
  const std::string held_subject(subject), held(payload);  // they may be views of the current event
  current_.reset();
  if (!open_) return;
  if (held.size() > max_payload_) throw std::logic_error("published more than max_payload");
  unconfirmed_ = true;
  if (permitted_ && permitted_->count(held_subject) == 0) return deny("no publication to " + held_subject);
  broker_.published.push_back({held_subject, held});
  broker_.publish(held_subject, held);
  if (broker_.on_publish) broker_.on_publish(held_subject, held);
}

void InMemoryBus::confirm() {
  current_.reset();
  if (!open_ || hold_) return;
  unconfirmed_ = false;
  push({BusEvent::Kind::kConfirmed, {}, {}, {}});
}

std::optional<BusEvent> InMemoryBus::next() {
  current_.reset();
  if (events_.empty()) return std::nullopt;
  Queued queued = std::move(events_.front());
  events_.pop_front();
  current_ = std::make_unique<std::string>(std::move(queued.payload));
  queued.event.payload = *current_;
  return std::move(queued.event);
}

void InMemoryBus::permit_only(std::set<std::string> subjects) { permitted_ = std::move(subjects); }

void InMemoryBus::deny(std::string text) { push({BusEvent::Kind::kDenied, {}, {}, std::move(text)}); }

void InMemoryBus::deliver(std::string_view payload) {
  Queued queued;
  queued.event = BusEvent{BusEvent::Kind::kDelivery, {}, clock_.now(), {}};
  queued.payload = std::string(payload);
  events_.push_back(std::move(queued));
}

void InMemoryBus::lose(std::string text, bool maybe_delivered) {
  events_.clear();
  subscriptions_.clear();
  open_ = unconfirmed_ = false;
  connecting_ = true;
  push({BusEvent::Kind::kLost, {}, {}, std::move(text), maybe_delivered});
  if (broker_.running_) open();
}

}  // namespace remaphore::test
