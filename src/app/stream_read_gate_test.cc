#include "app/stream_read_gate.h"

#include <gtest/gtest.h>

namespace remaphore {
namespace {

constexpr std::int64_t kOld = 1, kNew = 2;

MonotonicTime at(int milliseconds) { return MonotonicTime(std::chrono::milliseconds(milliseconds)); }

// Has read the old stream, and then got another link.
StreamReadGate at_a_second_link() {
  StreamReadGate gate;
  gate.link_opened(at(0));
  gate.found(kOld, at(1));
  gate.link_opened(at(100));
  return gate;
}

TEST(StreamReadGateTest, ReadsAtOnceOverTheFirstLink) {
  StreamReadGate gate;
  gate.link_opened(at(0));
  EXPECT_TRUE(gate.may_read(at(0)));
  EXPECT_FALSE(gate.must_ask(at(0)));
  EXPECT_FALSE(gate.wake());
}

TEST(StreamReadGateTest, ReadsTheOldStreamOverANewLinkAsSoonAsItIsKnownToBeTheOldOne) {
  StreamReadGate gate = at_a_second_link();
  EXPECT_FALSE(gate.may_read(at(100)));
  EXPECT_TRUE(gate.must_ask(at(100)));
  EXPECT_FALSE(gate.must_ask(at(100))) << "one INFO at a time";
  gate.found(kOld, at(101));
  EXPECT_TRUE(gate.may_read(at(101)));
}

TEST(StreamReadGateTest, ReadsAnotherStreamOnlyWhenItHasExistedForAWhile) {
  StreamReadGate gate = at_a_second_link();
  EXPECT_TRUE(gate.must_ask(at(100)));
  gate.found(kNew, at(101));
  EXPECT_FALSE(gate.may_read(at(300)));
  EXPECT_EQ(gate.wake(), at(301));
  EXPECT_TRUE(gate.may_read(at(301)));
}

TEST(StreamReadGateTest, AsksAgainWhileThereIsNoStream) {
  StreamReadGate gate;
  gate.link_opened(at(0));
  gate.found(kOld, at(1));
  gate.missing(at(50));
  EXPECT_FALSE(gate.may_read(at(50)));
  gate.missing(at(200));
  EXPECT_FALSE(gate.must_ask(at(249)));
  EXPECT_TRUE(gate.must_ask(at(250)));
  gate.missing(at(251));
  EXPECT_FALSE(gate.must_ask(at(450)));
  EXPECT_TRUE(gate.must_ask(at(451)));
  gate.found(kOld, at(452));
  EXPECT_FALSE(gate.may_read(at(651))) << "it was missing, whenever it says that it was created";
  EXPECT_TRUE(gate.may_read(at(652)));
}

TEST(StreamReadGateTest, AsksAgainIfNoAnswerCame) {
  StreamReadGate gate;
  gate.link_opened(at(0));
  gate.link_opened(at(100));
  EXPECT_TRUE(gate.must_ask(at(100)));
  gate.unanswered(at(400));
  EXPECT_FALSE(gate.may_read(at(400)));
  EXPECT_TRUE(gate.must_ask(at(400)));
}

TEST(StreamReadGateTest, AnInfoThatWasAskedForAnotherReasonChangesNothing) {
  StreamReadGate gate;
  gate.link_opened(at(0));
  gate.found(kOld, at(1));
  gate.found(kNew, at(2));
  EXPECT_TRUE(gate.may_read(at(2)));
  gate.unanswered(at(3));
  EXPECT_TRUE(gate.may_read(at(3)));
}

}  // namespace
}  // namespace remaphore
