#include "cli/lock_mode.h"

#include <gtest/gtest.h>

#include "cli/options_fixture.h"
#include "support/test_messages.h"

namespace remaphore {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class LockModeTest : public OptionsFixture<HoldLockOptions> {
 protected:
  LockModeTest() : OptionsFixture(test::config_text({2}), lock_options) {}
};

TEST_F(LockModeTest, HoldsAloneForHalfAMinuteWithoutAnswerAndWaitsForEver) {
  const HoldLockOptions options = accepted({"--lock", "nightly", "./backup", "-t", "x"});
  EXPECT_EQ(options.lock.name, "nightly");
  EXPECT_EQ(options.lock.terms.slots, 1u);
  EXPECT_EQ(options.lock.terms.lease, seconds(30));
  EXPECT_EQ(options.lock.terms.who, "node1");
  EXPECT_FALSE(options.lock.terms.host.empty());
  EXPECT_GT(options.lock.terms.pid, 0);
  EXPECT_EQ(options.command, (std::vector<std::string>{"./backup", "-t", "x"}));
  EXPECT_EQ(options.wait, std::nullopt);
  EXPECT_EQ(options.timeout, std::nullopt);
  EXPECT_EQ(options.conflict_status, ExitStatus{75});
}

TEST_F(LockModeTest, ReadsItsOptions) {
  const HoldLockOptions options = accepted({"--lock", "restart", "--slots", "2", "--lease", "2500ms", "--wait", "7s",
                                            "--conflict-exit-status", "0", "-t", "1h", "--", "-x"});
  EXPECT_EQ(options.lock.terms.slots, 2u);
  EXPECT_EQ(options.lock.terms.lease, milliseconds(2500));
  EXPECT_EQ(options.wait, seconds(7));
  EXPECT_EQ(options.timeout, std::chrono::hours(1));
  EXPECT_EQ(options.conflict_status, ExitStatus{0});
  EXPECT_EQ(options.command, (std::vector<std::string>{"-x"}));
}

TEST_F(LockModeTest, DoesNotWaitWithNoWait) {
  EXPECT_EQ(accepted({"--lock", "nightly", "--no-wait"}).wait, seconds(0));
  EXPECT_TRUE(contains(error_of({"--lock", "nightly", "--no-wait", "--wait", "1s"}), "--no-wait and --wait"));
}

TEST_F(LockModeTest, RefusesWhatCannotBe) { EXPECT_TRUE(contains(error_of({"--lock", "a.b"}), "a.b")); }

TEST_F(LockModeTest, LeavesStandardOutputAndDescriptorsToTheCommand) {
  EXPECT_TRUE(contains(error_of({"--lock", "x", "--json", "true"}), "without a command"));
  EXPECT_TRUE(contains(error_of({"--lock", "x", "--ready-fd", "5", "true"}), "without a command"));
  EXPECT_TRUE(accepted({"--lock", "x", "--json"}).json);
}

TEST_F(LockModeTest, SignsWithTheChosenKey) {
  const std::string ours = test::public_text(1), strange = test::public_text(9);
  EXPECT_EQ(accepted({"--lock", "x", "-p", ours.c_str()}).lock.identity->public_key, ours);
  EXPECT_NE(error_of({"--lock", "x", "-p", strange.c_str()}), "accepted");
}

}  // namespace
}  // namespace remaphore
