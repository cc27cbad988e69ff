// The contract's world without a network.
#pragma once

#include <memory>
#include <string>

#include "contract/login.h"
#include "support/fake_clock.h"
#include "support/fake_jetstream.h"
#include "support/in_memory_bus.h"

namespace remaphore::test {

class InMemoryWorld {
 public:
  InMemoryWorld() { broker_.max_payload = 65536; }

  std::unique_ptr<Bus> make_bus(Login login) {
    auto bus = std::make_unique<InMemoryBus>(broker_, clock_);
    const std::string inbox = "_INBOX.U" + std::to_string(static_cast<int>(login));
    bus->set_inbox_prefix(inbox);
    if (login == Login::kBound) bus->permit_only({kPermitted, inbox + ".*"});
    if (login == Login::kWrong) bus->refuse_credentials();
    return bus;
  }
  // True if something may have happened: here, everything already has.
  bool wait() { return false; }
  FakeJetStream& jetstream() { return jetstream_; }
  const Clock& clock() const { return clock_; }
  WallTime now() const { return clock_.now(); }
  std::size_t max_payload() const { return broker_.max_payload; }

  void stop() { broker_.stop(); }
  void start() { broker_.start(); }
  void cut_all_links() {
    stop();
    start();
  }

 private:
  FakeClock clock_;
  InMemoryBroker broker_;
  FakeJetStream jetstream_{broker_, clock_};
};

}  // namespace remaphore::test
