#include "app/lock.h"

#include <gtest/gtest.h>

#include "app/lock_codec.h"
#include "app/lock_fixture.h"
#include "app/stream_read_gate.h"
#include "core/lock_key.h"
#include "jetstream/request.h"

namespace remaphore::test {
namespace {

using Kind = LockEvent::Kind;
using End = LockEvent::End;
using std::chrono::milliseconds;
using std::chrono::seconds;

TEST_F(LockTest, TheNextHoldsWhenTheFirstReleases) {
  Contender& first = held();
  Contender& second = contend();
  settle();
  ASSERT_TRUE(second.has(Kind::kWaiting));
  EXPECT_EQ(second.last().ahead, 1u);
  EXPECT_FALSE(second.has(Kind::kHeld));
  first.lock.release();
  settle();
  EXPECT_EQ(first.last().kind, Kind::kOver);
  EXPECT_EQ(first.last().end, End::kReleased);
  ASSERT_EQ(second.last().kind, Kind::kHeld);
  EXPECT_GT(second.last().fence, first.events[0].fence);
}

TEST_F(LockTest, AContenderWithManyOpenRequestsDoesNotSpin) {
  for (int i = 0; i < 100; ++i) {
    stream_->take({.subject = lock_key::subject_of("remaphore", "nightly", lock_key::random_id()), .data = "garbage"},
                  clock_.now());
  }
  std::vector<FakeJetStream::Event> later;
  streams_.answer_later = [&](FakeJetStream::Event event) {
    streams_.requests <= 2 ? event() : later.push_back(std::move(event));  // the list comes, what is in it does not
  };
  Contender& one = contend();
  settle();
  EXPECT_EQ(later.size(), 64u);
  ASSERT_TRUE(one.lock.wake());
  EXPECT_GT(*one.lock.wake(), clock_.monotonic());
  streams_.answer_later = nullptr;
  for (const auto& event : later) event();
  settle();
  EXPECT_EQ(one.last().ahead, 100u);
}

TEST_F(LockTest, LocksOfOtherNamesDoNotMatter) {
  held("one");
  held("two");
}

TEST_F(LockTest, AsManyHoldAsThereAreSlots) {
  held("nightly", 2);
  held("nightly", 2);
  Contender& third = contend("nightly", 2);
  settle();
  EXPECT_FALSE(third.has(Kind::kHeld));
}

TEST_F(LockTest, AnotherNumberOfSlotsIsAConflict) {
  held("nightly", 2);
  Contender& other = contend("nightly", 3);
  settle();
  ASSERT_EQ(other.last().kind, Kind::kOver);
  EXPECT_EQ(other.last().end, End::kConflict);
  EXPECT_EQ(other.last().text, "node1 uses --slots 2, we use 3");
}

TEST_F(LockTest, AHolderThatDiesIsEvictedAfterItsLease) {
  held();
  Contender& second = contend();
  settle();
  contenders_.pop_front();
  pass(seconds(6));
  EXPECT_FALSE(second.has(Kind::kHeld));
  pass(seconds(2));
  EXPECT_TRUE(second.has(Kind::kHeld)) << log_.text();
}

TEST_F(LockTest, AHolderWithoutALinkEndsItsCommandInTime) {
  Contender& one = held();
  const BootTime start = clock_.boot();
  broker_.stop();
  pass(milliseconds(3400));
  EXPECT_FALSE(one.has(Kind::kEndCommand));
  pass(milliseconds(200));
  ASSERT_EQ(one.last().kind, Kind::kEndCommand);
  EXPECT_LE(one.last().kill_by, start + seconds(4));
  EXPECT_GE(one.last().out_of_touch, milliseconds(3500));
  one.lock.release();
  pass(seconds(3));
  EXPECT_EQ(one.last().kind, Kind::kOver);
  EXPECT_EQ(one.last().end, End::kLost);
}

TEST_F(LockTest, NothingHappensIfTheLinkIsBackInTime) {
  Contender& one = held();
  Contender& second = contend();
  settle();
  broker_.stop();
  pass(seconds(3));
  broker_.start();
  pass(seconds(20));
  EXPECT_EQ(one.last().kind, Kind::kHeld);
  EXPECT_FALSE(second.has(Kind::kHeld));
}

TEST_F(LockTest, AMachineThatSleptTooLongEndsItsCommandWhenItWakes) {
  Contender& one = held();
  clock_.sleep(std::chrono::minutes(10));
  settle();
  EXPECT_EQ(one.last().kind, Kind::kEndCommand);
}

TEST_F(LockTest, ClockStepsChangeNothing) {
  Contender& one = held();
  Contender& second = contend();
  for (const Duration step : {Duration(std::chrono::hours(5)), Duration(-std::chrono::hours(50))}) {
    clock_.step_wall(step);
    pass(seconds(10));
  }
  EXPECT_EQ(one.last().kind, Kind::kHeld);
  EXPECT_FALSE(second.has(Kind::kHeld));
}

TEST_F(LockTest, LostAcknowledgementsAreSettledByReadingBack) {
  streams_.swallowed_acks = 1;
  Contender& one = contend();
  pass(seconds(2));
  EXPECT_TRUE(one.has(Kind::kHeld)) << log_.text();
  streams_.swallowed_acks = 1;
  pass(seconds(20));
  EXPECT_EQ(one.last().kind, Kind::kHeld);
}

// A cluster that loses one leader after the other behaves like this.
TEST_F(LockTest, AHolderUsesAShortTimeBetweenTwoInWhichNobodyAnswers) {
  Contender& one = held();
  streams_.silent = true;
  pass(milliseconds(3100));
  streams_.silent = false;
  pass(milliseconds(300));
  streams_.silent = true;
  pass(milliseconds(3000));
  EXPECT_EQ(one.last().kind, Kind::kHeld) << one.last().text;
  streams_.silent = false;
  pass(seconds(20));
  EXPECT_EQ(one.last().kind, Kind::kHeld) << one.last().text;
}

TEST_F(LockTest, AHolderOverASlowLinkAsksAFewTimesAndTakesTheFirstAnswer) {
  Contender& one = held();
  std::deque<std::pair<MonotonicTime, FakeJetStream::Event>> later;
  streams_.answer_later = [&](FakeJetStream::Event event) {
    later.emplace_back(clock_.monotonic() + milliseconds(700), std::move(event));
  };
  const std::size_t before = streams_.requests;
  for (int i = 0; i < 300; ++i) {
    pass(milliseconds(100));
    for (; !later.empty() && later.front().first <= clock_.monotonic(); later.pop_front()) later.front().second();
  }
  EXPECT_EQ(one.last().kind, Kind::kHeld) << one.last().text;
  EXPECT_GT(streams_.requests, before);
  EXPECT_LE(streams_.requests - before, 15u * 5);
}

TEST_F(LockTest, AnOverwrittenEntryIsWrittenAgainAndHoldsMeanwhile) {
  held();
  const std::string key = broker_.published.front().subject;
  for (const std::string& garbage : {std::string("garbage"), std::string(), broker_.published.front().payload}) {
    broker_.publish({.subject = key, .reply_to = "_INBOX.x", .payload = garbage});
    stream_->take({.subject = key, .data = garbage}, clock_.now());
    Contender& other = contend();
    settle();
    EXPECT_FALSE(other.has(Kind::kHeld)) << garbage;
    contenders_.pop_back();
  }
  pass(seconds(10));
  EXPECT_EQ(contenders_[0]->last().kind, Kind::kHeld);
}

TEST_F(LockTest, ACopyOfAnEntryCannotReplaceALaterOne) {
  Contender& one = held();
  const auto first = broker_.published.front();  // without a ticket: it would move to the end of the queue
  const std::string headers = "NATS/1.0\r\nNats-Expected-Last-Subject-Sequence: 2\r\n\r\n";
  stream_->take({.subject = first.subject, .data = first.payload, .expected_sequence = 2, .headers = headers},
                clock_.now());
  Contender& second = contend();
  settle();
  EXPECT_FALSE(second.has(Kind::kHeld));
  pass(seconds(30));
  EXPECT_EQ(one.last().kind, Kind::kHeld);
  EXPECT_FALSE(second.has(Kind::kHeld));
}

TEST_F(LockTest, AStreamThatWasLostIsNotBelievedToBeEmpty) {
  Contender& one = held();
  stream_->make_anew(clock_.now());
  Contender& second = contend();
  settle();
  EXPECT_FALSE(second.has(Kind::kHeld));
  pass(seconds(20));
  EXPECT_EQ(one.last().kind, Kind::kHeld);
  EXPECT_FALSE(second.has(Kind::kHeld));
  one.lock.release();
  settle();
  ASSERT_EQ(second.last().kind, Kind::kHeld);
  EXPECT_GT(second.last().fence, one.events[0].fence);
}

// A server does this if its clock steps ahead by more than the stream's max_age, or if it lost the end of its file.
TEST_F(LockTest, AHolderWhoseEntryVanishedEndsItsCommandIfAnotherHasTakenTheLock) {
  Contender& one = held();
  stream_->forget_before(stream_->last() + 1);
  Contender& second = contend();
  settle();
  ASSERT_TRUE(second.has(Kind::kHeld));  // it cannot know
  pass(milliseconds(2100));
  ASSERT_EQ(one.last().kind, Kind::kEndCommand);
  EXPECT_EQ(one.last().text, "its entry was lost, and node1 holds it now");
  EXPECT_LE(one.last().kill_by, clock_.boot());
  one.lock.release();
  pass(seconds(20));
  EXPECT_EQ(one.last().end, End::kLost);
  EXPECT_EQ(second.last().kind, Kind::kHeld);
}

TEST_F(LockTest, AHolderWhoseEntryVanishedHoldsOnIfNobodyHasTakenTheLock) {
  Contender& one = held();
  stream_->forget_before(stream_->last() + 1);
  pass(milliseconds(2100));
  Contender& second = contend();
  pass(seconds(20));
  EXPECT_EQ(one.last().kind, Kind::kHeld);
  EXPECT_FALSE(second.has(Kind::kHeld));
}

TEST_F(LockTest, AsManyHoldOnAsThereAreSlotsWhenTheirEntriesVanished) {
  Contender& one = held("nightly", 2);
  Contender& second = held("nightly", 2);
  stream_->forget_before(stream_->last() + 1);
  pass(seconds(20));
  EXPECT_EQ(one.last().kind, Kind::kHeld);
  EXPECT_EQ(second.last().kind, Kind::kHeld);
}

TEST_F(LockTest, SeveralDeadWaitersCostTheTimeOfOne) {
  held();
  for (int i = 0; i < 4; ++i) contend();
  settle();
  while (contenders_.size() > 1) contenders_.pop_back();
  Contender& last = contend();
  settle();
  contenders_.front()->lock.release();
  settle();
  EXPECT_FALSE(last.has(Kind::kHeld));
  pass(milliseconds(7000));
  EXPECT_FALSE(last.has(Kind::kHeld));
  pass(milliseconds(1000));
  EXPECT_TRUE(last.has(Kind::kHeld)) << log_.text();
}

// Older servers ignore the condition in this block, since they find its name in the first line.
TEST_F(LockTest, ACopyOfAHoldersEntryThatNobodyAcceptsIsWrittenOverAtOnce) {
  Contender& one = held();
  const auto entry = broker_.published.back();
  const std::string block = "NATS/1.0\r\nNats-Expected-Last-Subject-Sequence:  2\r\n\r\n";
  std::vector<Header> headers;
  for (const auto& [name, value] : entry.headers) headers.push_back({name, value});
  broker_.publish({.subject = entry.subject, .reply_to = "_INBOX.x", .headers = headers, .payload = entry.payload});
  stream_->store(entry.subject, entry.payload, clock_.now(), block);
  const std::uint64_t stored = stream_->last();
  settle();
  EXPECT_GT(stream_->last(), stored);
  EXPECT_EQ(one.last().kind, Kind::kHeld);
}

TEST_F(LockTest, AServerThatIsCreatingTheStreamIsNotAskedForItsMessages) {
  Contender& one = held();
  Contender& second = contend();
  settle();
  streams_.remove_streams();
  pass(milliseconds(2700));  // both have found out
  std::optional<MonotonicTime> created;
  std::size_t reads = 0;
  streams_.lie = [&](const jetstream::Request& request) {
    if (request.subject.find(".MSG.GET.") == std::string::npos) return std::string();
    EXPECT_TRUE(created && clock_.monotonic() - *created >= StreamReadGate::kSettle) << "read " << reads;
    ++reads;
    return std::string();
  };
  pass(milliseconds(300));
  streams_.add(lock_stream());
  created = clock_.monotonic();
  pass(seconds(10));
  EXPECT_GT(reads, 0u);
  EXPECT_EQ(one.last().kind, Kind::kHeld) << one.last().text;
  EXPECT_FALSE(second.has(Kind::kHeld));
}

TEST_F(LockTest, AWaiterContinuesAfterItsLinkBrokeDuringAStreamInfoRequest) {
  Contender& one = held();
  Contender& second = contend();
  second.memory.join_cluster();
  settle();
  streams_.remove_streams();
  pass(milliseconds(2700));  // both have found out
  streams_.silent = true;
  pass(milliseconds(300));  // and ask
  second.memory.lose("lost");
  streams_.silent = false;
  streams_.add(lock_stream());
  pass(seconds(2));
  one.lock.release();
  pass(seconds(20));
  EXPECT_TRUE(second.has(Kind::kHeld));
}

TEST_F(LockTest, WhenTheStreamIsFullItSaysForHowLong) {
  held("other");
  stream_->config().max_messages = 1;
  Contender& one = contend();
  settle();
  ASSERT_EQ(one.last().kind, Kind::kOver);
  EXPECT_EQ(one.last().end, LockEvent::End::kUnavailable);
  EXPECT_NE(one.last().text.find("it forgets each entry ten minutes after its last refresh"), std::string::npos)
      << one.last().text;
  EXPECT_EQ(one.last().text.find("--keep-bytes"), std::string::npos) << "locks have no bound in bytes";
}

TEST_F(LockTest, AStreamThatIsMissingIsAskedForAFewTimesASecond) {
  held();
  streams_.remove_streams();
  pass(milliseconds(2200));  // its refresh was rejected
  std::size_t requests = streams_.requests;
  pass(seconds(1));
  EXPECT_LE(streams_.requests - requests, 12u);
  streams_.for_account = false;
  requests = streams_.requests;
  pass(seconds(1));
  EXPECT_LE(streams_.requests - requests, 12u) << "JetStream is off";
}

TEST_F(LockTest, WithoutAStreamItSaysHowToMakeOne) {
  streams_.remove_streams();
  Contender& one = contend();
  pass(seconds(3));
  ASSERT_EQ(one.last().kind, Kind::kOver);
  EXPECT_EQ(one.last().end, End::kUnavailable);
  EXPECT_NE(one.last().text.find("remaphore-fleet provision DIR"), std::string::npos) << one.last().text;
}

TEST_F(LockTest, IsUnavailableIfTheServerDoesNotAnswer) {
  streams_.silent = true;
  Contender& one = contend();
  pass(seconds(2));
  EXPECT_TRUE(one.events.empty());  // it may be slow
  pass(seconds(6));
  ASSERT_EQ(one.last().kind, Kind::kOver);
  EXPECT_EQ(one.last().end, End::kUnavailable);
}

TEST_F(LockTest, AContenderThatDoesNotWaitLeavesNoEntry) {
  Contender& first = held();
  Contender& second = contend();
  settle();
  second.lock.release();
  settle();
  EXPECT_EQ(second.last().end, End::kReleased);
  Contender& third = contend();
  settle();
  EXPECT_EQ(third.last().ahead, 1u);
  first.lock.release();
  settle();
  EXPECT_TRUE(third.has(Kind::kHeld));
}

}  // namespace
}  // namespace remaphore::test
