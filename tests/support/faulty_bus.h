// A decorator that injects a fault at a chosen operation: the third publish, the first flush.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "support/in_memory_bus.h"

namespace remaphore::test {

class FaultyBus : public Bus {
 public:
  enum class Operation { kSubscribe, kPublish, kFlush };
  enum class Fault {
    kLostBefore,     // the link goes; the server has not seen the operation, though it cannot be told
    kLostAfter,      // the server has processed the operation, then the link goes
    kLostUntouched,  // the link goes and it is known that nothing of it was processed
    kDenied,
    kSwallowed,  // nothing happens, and nothing is reported
  };

  explicit FaultyBus(InMemoryBus& bus) : bus_(bus) {}

  // Plans a fault at the `nth` (from 1) such operation, counted over all links.
  void at(Operation operation, unsigned nth, Fault fault) { plan_[{operation, nth}] = fault; }

  void connect() override { bus_.connect(); }
  SubscriptionId subscribe(std::string_view subject) override {
    SubscriptionId id = SubscriptionId::kNone;
    act(Operation::kSubscribe, [&] { id = bus_.subscribe(subject); });
    return id;
  }
  void unsubscribe(SubscriptionId id) override { bus_.unsubscribe(id); }
  void publish(const Outgoing& message) override {
    act(Operation::kPublish, [&] { bus_.publish(message); });
  }
  FlushId flush() override {
    FlushId id = FlushId::kNone;
    act(Operation::kFlush, [&] { id = bus_.flush(); });
    return id;
  }
  std::size_t unsent() const override { return bus_.unsent(); }
  bool has_unread() const override { return bus_.has_unread(); }
  std::size_t max_payload() const override { return bus_.max_payload(); }
  std::string_view inbox_prefix() const override { return bus_.inbox_prefix(); }
  bool has_streams() const override { return bus_.has_streams(); }
  bool in_cluster() const override { return bus_.in_cluster(); }
  std::optional<BusEvent> next() override { return bus_.next(); }

 private:
  template <class Perform>
  void act(Operation operation, Perform perform) {
    const auto planned = plan_.find({operation, ++count_[operation]});
    if (planned == plan_.end()) return perform();
    switch (planned->second) {
      case Fault::kLostBefore: return bus_.lose("the link was cut", Unconfirmed::kMaybeDelivered);
      case Fault::kLostUntouched: return bus_.lose("the server is full");
      case Fault::kDenied: return bus_.deny("permissions violation");
      case Fault::kSwallowed: return;
      case Fault::kLostAfter: perform(); return bus_.lose("the link was cut", Unconfirmed::kMaybeDelivered);
    }
  }

  InMemoryBus& bus_;
  std::map<std::pair<Operation, unsigned>, Fault> plan_;
  std::map<Operation, unsigned> count_;
};

}  // namespace remaphore::test
