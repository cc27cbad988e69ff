// Contenders for locks, each with a link of its own, at a server in memory.
#pragma once

#include <algorithm>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "app/lock.h"
#include "support/app_fixture.h"
#include "support/fake_jetstream.h"

namespace remaphore::test {

inline jetstream::StreamConfig lock_stream() {
  jetstream::StreamConfig config;
  config.name = "REMAPHORE_LOCKS";
  config.subjects = {"remaphore.lock.>"};
  config.discard = jetstream::StreamConfig::Discard::kNew;
  config.max_messages = 10'000;
  config.max_messages_per_subject = 1;
  return config;
}

class LockTest : public AppTest {
 protected:
  static LockTerms terms(std::uint32_t slots) {
    LockTerms terms;
    terms.slots = slots;
    terms.lease = std::chrono::seconds(6);
    terms.who = "node1";
    return terms;
  }

  // A process with a link of its own.
  struct Contender {
    Contender(LockTest& test, const std::string& name, std::uint32_t slots)
        : memory(test.broker_, test.clock_),
          dispatch(memory),
          lock({name, &test.config_.identities[0], terms(slots)}, test.config_, dispatch, test.clock_, test.log_) {
      memory.set_inbox_prefix("_INBOX.UME");  // all are of one node
      dispatch.connect();
    }
    void step() {
      dispatch.dispatch();
      while (const auto event = lock.next_event()) events.push_back(*event);
      dispatch.dispatch();
      while (const auto event = lock.next_event()) events.push_back(*event);
    }
    bool has(LockEvent::Kind kind) const {
      return std::any_of(events.begin(), events.end(), [kind](const LockEvent& one) { return one.kind == kind; });
    }
    const LockEvent& last() const { return events.back(); }

    InMemoryBus memory;
    BusDispatch dispatch;
    Lock lock;
    std::vector<LockEvent> events;
  };

  void SetUp() override {
    stream_ = &streams_.add(lock_stream());
    clock_.advance(std::chrono::seconds(10));  // it is not young
  }

  Contender& contend(const std::string& name = "nightly", std::uint32_t slots = 1) {
    return *contenders_.emplace_back(std::make_unique<Contender>(*this, name, slots));
  }
  // Runs until nothing more happens unless time passes.
  void settle() {
    for (int i = 0; i < 30; ++i) {
      for (const auto& one : contenders_) one->step();
    }
  }
  void pass(Duration time) {
    for (Duration step = std::chrono::milliseconds(100); time.count() > 0; time -= step) {
      clock_.advance(step);
      settle();
    }
  }
  Contender& held(const std::string& name = "nightly", std::uint32_t slots = 1) {
    Contender& one = contend(name, slots);
    settle();
    EXPECT_TRUE(one.has(LockEvent::Kind::kHeld)) << log_.text();
    return one;
  }

  FakeJetStream streams_{broker_, clock_};
  FakeStream* stream_ = nullptr;
  std::deque<std::unique_ptr<Contender>> contenders_;
};

}  // namespace remaphore::test
