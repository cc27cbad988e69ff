// The cost of locks: round trips and messages.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "app/lock_fixture.h"

namespace remaphore::test {
namespace {

using Kind = LockEvent::Kind;
using std::chrono::seconds;

class LockFiguresTest : public LockTest {
 protected:
  // How the requests of one round trip are answered.
  enum class Order { kAsSent, kBackwards, kStoredFirst };  // the last one as servers from 2.11 on do

  // Round trips until nothing more happens.
  unsigned round_trips(Order order = Order::kAsSent) {
    std::vector<FakeJetStream::Event> reads, answers;
    streams_.answer_later = [&](FakeJetStream::Event answer) { answers.push_back(std::move(answer)); };
    if (order == Order::kStoredFirst) {
      streams_.read_later = [&](FakeJetStream::Event read) { reads.push_back(std::move(read)); };
    }
    unsigned trips = 0;
    for (settle(); !answers.empty() || !reads.empty(); settle(), ++trips) {
      for (const auto& read : std::exchange(reads, {})) read();
      auto these = std::exchange(answers, {});
      if (order == Order::kBackwards) std::reverse(these.begin(), these.end());
      for (const auto& answer : these) answer();
    }
    streams_.answer_later = streams_.read_later = nullptr;
    return trips;
  }
  void take_and_release(unsigned times) {
    for (unsigned i = 0; i < times; ++i) {
      held().lock.release();
      settle();
      contenders_.pop_back();
    }
  }
};

TEST_F(LockFiguresTest, AFreeLockTakesThreeRoundTripsHoweverOftenItWasTaken) {
  for (const unsigned taken : {0u, 1u, 200u}) {
    take_and_release(taken);
    for (const Order order : {Order::kAsSent, Order::kBackwards}) {
      const std::size_t requests = streams_.requests, published = broker_.published.size();
      Contender& one = contend();
      EXPECT_EQ(round_trips(order), 3u) << taken;
      EXPECT_TRUE(one.has(Kind::kHeld));
      EXPECT_EQ(one.events.size(), 1u);
      EXPECT_LE(streams_.requests - requests, 4u) << taken;
      EXPECT_LE(broker_.published.size() - published, 6u) << "with two writes";
      one.lock.release();
      settle();
      contenders_.pop_back();
    }
  }
}

TEST_F(LockFiguresTest, AFreeLockTakesThreeRoundTripsAlsoIfOurEntryIsStoredBeforeWeReadTheNewest) {
  for (const unsigned taken : {0u, 20u}) {
    for (const auto held_for : {seconds(0), seconds(3), seconds(11)}) {  // up to five refreshes
      take_and_release(taken);
      Contender& before = held();
      pass(held_for);
      before.lock.release();
      settle();
      contenders_.pop_back();
      Contender& one = contend();
      EXPECT_EQ(round_trips(Order::kStoredFirst), 3u) << taken << " times, " << held_for.count();
      EXPECT_TRUE(one.has(Kind::kHeld));
      one.lock.release();
      settle();
      contenders_.pop_back();
    }
  }
}

TEST_F(LockFiguresTest, ALockThatWasNeverTakenTakesThreeRoundTripsInWhateverOrder) {
  for (const Order order : {Order::kAsSent, Order::kBackwards, Order::kStoredFirst}) {
    contend(std::to_string(static_cast<int>(order)));
    EXPECT_EQ(round_trips(order), 3u);
    EXPECT_TRUE(contenders_.back()->has(Kind::kHeld));
  }
}

TEST_F(LockFiguresTest, WithOtherLocksInUseAFreeOneTakesAFewMore) {
  take_and_release(20);
  Contender& one = contend();
  bool stored = false;
  broker_.on_publish = [&](const std::string& subject, const std::string&) {
    if (!subject.starts_with("remaphore.lock.nightly.") || std::exchange(stored, true)) return;
    stream_->take({.subject = "remaphore.lock.other.x", .data = "x"}, clock_.now());
  };
  EXPECT_LE(round_trips(), 7u);
  broker_.on_publish = nullptr;
  EXPECT_TRUE(one.has(Kind::kHeld));
}

TEST_F(LockFiguresTest, ANewcomerToAHeldLockReadsOnlyItsHolder) {
  take_and_release(100);
  held();
  const std::size_t requests = streams_.requests;
  Contender& one = contend();
  settle();
  EXPECT_EQ(one.last().kind, Kind::kWaiting);
  EXPECT_LE(streams_.requests - requests, 8u);
}

TEST_F(LockFiguresTest, AHandOverTakesAsManyMessagesHoweverManyWait) {
  for (const unsigned waiting : {3u, 10u, 50u}) {
    const std::size_t first = contenders_.size();
    held(std::to_string(waiting));
    for (unsigned i = 0; i < waiting; ++i) {
      contend(std::to_string(waiting));
      settle();
    }
    for (unsigned i = 0; i < 3; ++i) {
      const std::size_t in = broker_.published.size(), out = broker_.deliveries;
      contenders_[first + i]->lock.release();
      settle();
      EXPECT_TRUE(contenders_[first + i + 1]->has(Kind::kHeld));
      EXPECT_LE(broker_.published.size() - in, 5u) << waiting << " waiting";
      EXPECT_LE(broker_.published.size() - in + broker_.deliveries - out, 12u) << waiting << " waiting";
    }
  }
}

TEST_F(LockFiguresTest, AWaiterHearsOnlyItsPredecessor) {
  held();
  for (int i = 0; i < 10; ++i) {
    contend();
    settle();
  }
  for (std::size_t i = 2; i < contenders_.size(); ++i) {
    std::size_t watched = 0;
    for (const std::string& subject : contenders_[i]->memory.subscriptions())
      watched += subject.starts_with("remaphore.lock.");
    EXPECT_EQ(watched, 1u) << i;
  }
}

TEST_F(LockFiguresTest, AHolderThatWasKilledLongAgoDoesNotDecideOverSlots) {
  held("nightly", 2);
  contenders_.pop_back();
  pass(seconds(20));
  held("other");  // so that the server's clock is seen to go on
  Contender& one = contend("nightly", 3);
  settle();
  EXPECT_EQ(one.last().kind, Kind::kWaiting);
  pass(seconds(8));
  EXPECT_EQ(one.last().kind, Kind::kHeld);
}

}  // namespace
}  // namespace remaphore::test
