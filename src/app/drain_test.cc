#include "app/drain.h"

#include <gtest/gtest.h>

#include "support/fake_clock.h"
#include "support/fake_output.h"

namespace remaphore {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class DrainTest : public testing::Test {
 protected:
  DrainTest() {
    output_.stuck = true;
    output_.write("a record\n");
  }
  // How long it waits for the output.
  Duration waits(Drain::End end) {
    const MonotonicTime began = clock_.monotonic();
    drain_output(output_, end, clock_, poller_);
    return clock_.monotonic() - began;
  }

  test::FakeClock clock_;
  test::FakePoller poller_{clock_};
  test::FakeOutput output_;
};

TEST_F(DrainTest, WaitsForTheOutputUntilItIsWritten) {
  poller_.after(seconds(9), [this] { output_.unstick(); });
  EXPECT_EQ(waits(Drain::End::kNormal), seconds(9));
  EXPECT_EQ(output_.written, "a record\n");
  EXPECT_EQ(waits(Drain::End::kNormal), seconds(0));
}

TEST_F(DrainTest, WaitsLongAtANormalEndAndBrieflyWhenStopped) {
  EXPECT_EQ(waits(Drain::End::kNormal), seconds(10));
  EXPECT_EQ(waits(Drain::End::kStopped), milliseconds(400));
}

TEST_F(DrainTest, EndsWithTheReader) {
  poller_.after(seconds(1), [this] { output_.broken = Error{Errc::kRuntime, "nobody reads"}; });
  EXPECT_EQ(waits(Drain::End::kNormal), seconds(1));
}

TEST_F(DrainTest, EndsANormalWaitWithASignal) {
  poller_.after(seconds(1), [this] { poller_.stop(15); });
  EXPECT_EQ(waits(Drain::End::kNormal), seconds(1));
  EXPECT_EQ(waits(Drain::End::kStopped), milliseconds(400));
}

TEST_F(DrainTest, CountsItsTimeFromItsBeginningWheneverItWasStopped) {
  Drain drain(clock_);
  drain.stop();
  clock_.advance(seconds(5));  // a command ends
  EXPECT_FALSE(drain.has_begun());
  EXPECT_FALSE(drain.is_over());
  drain.begin();
  EXPECT_EQ(drain.until(), clock_.monotonic() + milliseconds(400));
  clock_.advance(milliseconds(400));
  EXPECT_TRUE(drain.is_over());
}

TEST_F(DrainTest, IsOnlyMadeShorterByAStop) {
  Drain drain(clock_);
  drain.begin();
  clock_.advance(seconds(1));
  drain.stop();
  EXPECT_EQ(drain.until(), clock_.monotonic() + milliseconds(400));

  Drain ends_anyway(clock_);
  ends_anyway.begin();
  clock_.advance(milliseconds(9900));
  ends_anyway.stop();
  EXPECT_EQ(ends_anyway.until(), clock_.monotonic() + milliseconds(100));
}

}  // namespace
}  // namespace remaphore
