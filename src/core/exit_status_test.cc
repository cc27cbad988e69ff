#include "core/exit_status.h"

#include <gtest/gtest.h>

namespace remaphore {
namespace {

TEST(ExitStatusTest, HasTheNumbersOfTheManPages) {
  EXPECT_EQ(static_cast<int>(ExitStatus::kOk), 0);
  for (const ExitStatus one : {ExitStatus::kNothing, ExitStatus::kNotReady, ExitStatus::kIncomplete})
    EXPECT_EQ(static_cast<int>(one), 1);
  EXPECT_EQ(static_cast<int>(ExitStatus::kUsage), 2);
  EXPECT_EQ(static_cast<int>(ExitStatus::kFailure), 3);
  EXPECT_EQ(static_cast<int>(ExitStatus::kSilent), 4);
  EXPECT_EQ(static_cast<int>(ExitStatus::kCommandFailed), 5);
  EXPECT_EQ(static_cast<int>(ExitStatus::kStopped), 6);
  EXPECT_EQ(static_cast<int>(ExitStatus::kNotFree), 75);
  EXPECT_EQ(static_cast<int>(ExitStatus::kLockLost), 76);
  EXPECT_EQ(static_cast<int>(ExitStatus::kTimedOut), 124);
}

TEST(ExitStatusTest, IsUsageForWhatTheUserCanCorrect) {
  for (const Errc code : {Errc::kUsage, Errc::kConfig}) EXPECT_EQ(exit_status_of(code), ExitStatus::kUsage);
  for (const Errc code : {Errc::kFormat, Errc::kConnection, Errc::kRuntime})
    EXPECT_EQ(exit_status_of(code), ExitStatus::kFailure);
}

}  // namespace
}  // namespace remaphore
