// Bus without a network: any number of endpoints share one broker. Deterministic: operations are processed at once, in
// order, and their results taken with next(). tests/contract compares it with a real server.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "ports/bus.h"
#include "ports/clock.h"

namespace remaphore::test {

class InMemoryBus;

class InMemoryBroker {
 public:
  std::size_t max_payload = std::size_t{1} << 20;

  // Delivers as if another client had published it. False: nobody is subscribed.
  bool publish(const Outgoing& message);
  bool publish(std::string_view subject, std::string_view payload) {
    return publish({.subject = subject, .payload = payload});
  }

  // Called after every publication of an endpoint; may publish itself.
  std::function<void(const std::string& subject, const std::string& payload)> on_publish;

  std::size_t deliveries = 0;  // to endpoints

  // Every publication of an endpoint, in order.
  struct Published {
    std::string subject, payload, reply_to = {};
    std::vector<std::pair<std::string, std::string>> headers = {};
  };
  std::vector<Published> published;

  // A service of the server itself, given every publication after its delivery; may publish answers. True: the
  // publication was for it.
  std::function<bool(const Published&)> service;

  // While it is stopped, links are lost and new ones fail.
  void stop();
  void start();
  bool running() const { return running_; }

 private:
  friend class InMemoryBus;
  std::vector<InMemoryBus*> endpoints_;
  bool running_ = true;
};

// What a lost link did with what was published and not confirmed.
enum class Unconfirmed { kLost, kMaybeDelivered };

class InMemoryBus : public Bus {
 public:
  // Both outlive it.
  InMemoryBus(InMemoryBroker& broker, const Clock& clock);
  ~InMemoryBus() override;
  InMemoryBus(const InMemoryBus&) = delete;
  InMemoryBus& operator=(const InMemoryBus&) = delete;

  void connect() override;
  SubscriptionId subscribe(std::string_view subject) override;
  void unsubscribe(SubscriptionId id) override;
  void publish(const Outgoing& message) override;
  FlushId flush() override;
  std::size_t unsent() const override { return unsent_; }
  bool has_unread() const override { return false; }
  std::size_t max_payload() const override { return max_payload_; }
  std::string_view inbox_prefix() const override { return inbox_prefix_; }
  bool has_streams() const override { return has_streams_; }
  bool in_cluster() const override { return in_cluster_; }
  std::optional<BusEvent> next() override;

  void set_inbox_prefix(std::string prefix) { inbox_prefix_ = std::move(prefix); }

  // Faults of the server or the network at this endpoint.
  void permit_only(std::set<std::string> subjects);  // others are denied, subscribing and publishing; may end in `.*`
  void refuse_credentials() { refused_ = true; }     // before connect()
  void join_cluster() { in_cluster_ = true; }
  void say_that_it_keeps_no_streams() { has_streams_ = false; }
  void hold_confirmations(bool hold) { hold_ = hold; }     // a server that does not answer; not made up for later
  void set_unsent(std::size_t bytes) { unsent_ = bytes; }  // a link that takes nothing
  void deny(std::string text, Denial::Of of = Denial::Of::kUnknown, std::string_view subject = {});
  // Then LinkOpen at once if the broker runs.
  void lose(std::string text, Unconfirmed unconfirmed = Unconfirmed::kLost);

  std::vector<std::string> subscriptions() const;  // their subjects, in the order of their making

 private:
  friend class InMemoryBroker;
  struct Subscription {
    SubscriptionId id;
    std::string subject;
  };
  struct Queued {
    BusEvent event;
    InMemoryBroker::Published message = {};  // of a delivery
  };
  // What a delivery's views show.
  class Current {
   public:
    explicit Current(InMemoryBroker::Published message);
    Delivery shown_by(Delivery delivery) const;

   private:
    const InMemoryBroker::Published message_;
    std::vector<Header> headers_;
  };

  void open();
  bool deliver(const InMemoryBroker::Published& message, int status = 0);  // false: to no subscription
  bool permits(const std::string& subject) const;
  void push(BusEvent event) { events_.push_back({std::move(event)}); }
  InMemoryBroker& broker_;
  const Clock& clock_;
  std::deque<Queued> events_;
  // Freed at the next call, so that late uses are caught.
  std::unique_ptr<Current> current_;
  std::vector<Subscription> subscriptions_;
  std::uint64_t last_subscription_ = 0, last_flush_ = 0;
  std::string inbox_prefix_;
  std::optional<std::set<std::string>> permitted_;
  std::size_t max_payload_ = 0;
  std::size_t unsent_ = 0;
  bool connecting_ = false;
  bool open_ = false;
  bool refused_ = false;
  bool hold_ = false;
  bool in_cluster_ = false;
  bool has_streams_ = true;
  bool unflushed_ = false;  // something was published
};

}  // namespace remaphore::test
