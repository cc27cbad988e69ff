// One machine of core/lock_machine; what it asks for is answered by hand.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "core/lock_machine.h"

namespace remaphore::test {

inline constexpr std::int64_t kCreated = 1'764'000'000'000'000;
inline const std::string kOwn(32, 'a'), kOther(32, 'b');

class LockMachineTest : public testing::Test {
 protected:
  static LockTerms terms(Duration lease, std::uint32_t slots = 1) {
    LockTerms terms;
    terms.lease = lease;
    terms.slots = slots;
    return terms;
  }
  LockMoment now() const {
    return {MonotonicTime(std::chrono::seconds(100)) + passed_, BootTime(std::chrono::seconds(900)) + passed_, 0};
  }

  std::vector<LockAction> actions() {
    machine_.tick(now());
    std::vector<LockAction> all;
    while (auto action = machine_.next_action(now())) all.push_back(*action);
    return all;
  }
  LockAction only_action() {
    const auto all = actions();
    EXPECT_EQ(all.size(), 1u);
    return all.empty() ? LockAction{} : all.front();
  }
  void stored(std::uint64_t sequence) { machine_.written(kOwn, {WriteOutcome::Kind::kStored, sequence, {}}, now()); }
  void listed(std::vector<std::string> ids, Duration age = std::chrono::hours(1)) {
    machine_.listed({kCreated, age, std::move(ids)}, now());
  }
  LockEvent event() {
    return machine_.next_event().value_or(LockEvent{.kind = LockEvent::Kind::kOver, .text = "none"});
  }
  static StoredEntry entry_of(LockEntry::State state, std::uint64_t ticket, std::uint64_t sequence) {
    LockEntry entry;
    entry.state = state;
    entry.ticket = ticket;
    entry.fence = state == LockEntry::State::kHeld ? 5 : 0;
    return {sequence, entry, "com.example.other"};
  }

  // Queues without the newest entry, so that a list is requested.
  void queue() {
    machine_.link_opened(now());
    machine_.queue(kOwn, now());
    actions();
    machine_.find_failed(now());
    stored(10);
    EXPECT_EQ(only_action().kind, LockAction::Kind::kList);
  }
  void hold() {
    queue();
    listed({kOwn});
    actions();
    stored(11);
    EXPECT_EQ(event().kind, LockEvent::Kind::kHeld);
  }
  // Somebody wrote to our subject meanwhile: what is there is read.
  void have_refresh_refused() {
    passed_ = std::chrono::seconds(10);
    only_action();
    machine_.written(kOwn, {WriteOutcome::Kind::kRefused, 0, {}}, now());
    EXPECT_EQ(only_action().kind, LockAction::Kind::kRead);
  }

  LockMachine machine_{terms(std::chrono::seconds(30))};
  Duration passed_{};
};

}  // namespace remaphore::test
