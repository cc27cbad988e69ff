#include "app/stream_read_gate.h"

#include <gtest/gtest.h>

namespace remaphore {
namespace {

constexpr std::int64_t kOld = 1, kNew = 2;

MonotonicTime at(int milliseconds) { return MonotonicTime(std::chrono::milliseconds(milliseconds)); }

TEST(StreamReadGateTest, ReadsAtOnceOverTheFirstLink) {
  StreamReadGate presence;
  presence.link_opened(at(0));
  EXPECT_TRUE(presence.may_read(at(0)));
  EXPECT_FALSE(presence.must_ask(at(0)));
  EXPECT_FALSE(presence.wake());
}

TEST(StreamReadGateTest, ReadsTheOldStreamOverANewLinkAsSoonAsItIsKnownToBeTheOldOne) {
  StreamReadGate presence;
  presence.link_opened(at(0));
  presence.found(kOld, at(1));
  presence.link_opened(at(100));
  EXPECT_FALSE(presence.may_read(at(100)));
  EXPECT_TRUE(presence.must_ask(at(100)));
  EXPECT_FALSE(presence.must_ask(at(100))) << "one INFO at a time";
  presence.found(kOld, at(101));
  EXPECT_TRUE(presence.may_read(at(101)));
}

TEST(StreamReadGateTest, ReadsAnotherStreamOnlyWhenItHasExistedForAWhile) {
  StreamReadGate presence;
  presence.link_opened(at(0));
  presence.found(kOld, at(1));
  presence.link_opened(at(100));
  EXPECT_TRUE(presence.must_ask(at(100)));
  presence.found(kNew, at(101));
  EXPECT_FALSE(presence.may_read(at(300)));
  EXPECT_EQ(presence.wake(), at(301));
  EXPECT_TRUE(presence.may_read(at(301)));
}

TEST(StreamReadGateTest, AsksAgainWhileThereIsNoStream) {
  StreamReadGate presence;
  presence.link_opened(at(0));
  presence.found(kOld, at(1));
  presence.missing(at(50));
  EXPECT_FALSE(presence.may_read(at(50)));
  presence.missing(at(200));
  EXPECT_FALSE(presence.must_ask(at(249)));
  EXPECT_TRUE(presence.must_ask(at(250)));
  presence.missing(at(251));
  EXPECT_FALSE(presence.must_ask(at(450)));
  EXPECT_TRUE(presence.must_ask(at(451)));
  presence.found(kOld, at(452));
  EXPECT_FALSE(presence.may_read(at(651))) << "it was missing, whenever it says that it was created";
  EXPECT_TRUE(presence.may_read(at(652)));
}

TEST(StreamReadGateTest, AsksAgainIfNoAnswerCame) {
  StreamReadGate presence;
  presence.link_opened(at(0));
  presence.link_opened(at(100));
  EXPECT_TRUE(presence.must_ask(at(100)));
  presence.unanswered(at(400));
  EXPECT_FALSE(presence.may_read(at(400)));
  EXPECT_TRUE(presence.must_ask(at(400)));
}

TEST(StreamReadGateTest, AnInfoThatWasAskedForAnotherReasonChangesNothing) {
  StreamReadGate presence;
  presence.link_opened(at(0));
  presence.found(kOld, at(1));
  presence.found(kNew, at(2));
  EXPECT_TRUE(presence.may_read(at(2)));
  presence.unanswered(at(3));
  EXPECT_TRUE(presence.may_read(at(3)));
}

}  // namespace
}  // namespace remaphore
