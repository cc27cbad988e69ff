// The JetStream of an InMemoryBroker: it stores what is published, acknowledges it, and answers the API.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "ports/clock.h"
#include "support/fake_stream.h"
#include "support/in_memory_bus.h"

namespace remaphore::test {

class FakeJetStream {
 public:
  // Both outlive it.
  FakeJetStream(InMemoryBroker& broker, const Clock& clock);
  ~FakeJetStream();
  FakeJetStream(const FakeJetStream&) = delete;
  FakeJetStream& operator=(const FakeJetStream&) = delete;

  FakeStream& add(jetstream::StreamConfig config);
  void remove_streams() { streams_.clear(); }

  bool on = true;                  // off: nobody answers the API, nothing is stored
  bool silent = false;             // requests and publications are swallowed
  bool for_account = true;         // false: this account has none
  std::size_t requests = 0;        // to the API
  std::size_t swallowed_acks = 0;  // this many of the next acknowledgements are not sent; the messages are stored

  // Defers reading, answers and storing; otherwise all happen at once.
  using Event = std::function<void()>;
  std::function<void(Event)> read_later;
  std::function<void(Event)> answer_later;
  std::function<void(Event)> store_later;

  // Replaces the answer to an API request; "" leaves it.
  std::function<std::string(const jetstream::Request&)> lie;

 private:
  bool serve(const InMemoryBroker::Published& message);
  bool store(const InMemoryBroker::Published& message);
  void answer(const std::string& reply_to, std::string payload);
  std::string result_of(const jetstream::Request& request);
  std::string configure(const jetstream::Request& request);

  InMemoryBroker& broker_;
  const Clock& clock_;
  std::vector<std::unique_ptr<FakeStream>> streams_;
};

}  // namespace remaphore::test
