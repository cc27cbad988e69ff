// Bus without a network: any number of endpoints share one broker. Deterministic: what is said is processed at once, in
// order; what becomes of it is taken with next(). tests/contract holds it to what a real server does.
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

  // As if another client had published it.
  void publish(std::string_view subject, std::string_view payload);

  // Called after every publication of an endpoint; may publish itself.
  std::function<void(const std::string& subject, const std::string& payload)> on_publish;

  // Every publication of an endpoint, in order.
  struct Published {
    std::string subject, payload;
  };
  std::vector<Published> published;

  // While it is stopped, links are lost and new ones fail.
  void stop();
  void start();
  bool running() const { return running_; }

 private:
  friend class InMemoryBus;
  std::vector<InMemoryBus*> endpoints_;
  bool running_ = true;
};

class InMemoryBus : public Bus {
 public:
  // Both outlive it.
  InMemoryBus(InMemoryBroker& broker, const Clock& clock);
  ~InMemoryBus() override;
  InMemoryBus(const InMemoryBus&) = delete;
  InMemoryBus& operator=(const InMemoryBus&) = delete;

  void connect() override;
  void subscribe(std::string_view subject) override;
  void publish(std::string_view subject, std::string_view payload) override;
  void confirm() override;
  std::size_t max_payload() const override { return max_payload_; }
  std::optional<BusEvent> next() override;

  // What the server or the network may do to this endpoint.
  void permit_only(std::set<std::string> subjects);     // others are denied, subscribing and publishing
  void refuse_credentials() { refused_ = true; }        // before connect()
  void hold_confirmations(bool hold) { hold_ = hold; }  // a server that does not answer; not made up for later
  void deny(std::string text);
  void lose(std::string text, bool maybe_delivered = false);  // kLost, and at once kOpen again if the broker runs

  const std::vector<std::string>& subscriptions() const { return subscriptions_; }

 private:
  friend class InMemoryBroker;
  void open();
  void deliver(std::string_view payload);
  void push(BusEvent event) { events_.push_back({std::move(event), {}}); }

  struct Queued {
    BusEvent event;
    std::string payload;
  };
  InMemoryBroker& broker_;
  const Clock& clock_;
  std::deque<Queued> events_;
  std::unique_ptr<std::string> current_;  // freed at the next call, so that whoever still looks at it is caught
  std::vector<std::string> subscriptions_;
  std::optional<std::set<std::string>> permitted_;
  std::size_t max_payload_ = 0;
  bool connecting_ = false;
  bool open_ = false;
  bool refused_ = false;
  bool hold_ = false;
  bool unconfirmed_ = false;  // published since the last confirmation
};

}  // namespace remaphore::test
