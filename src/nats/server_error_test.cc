#include "nats/server_error.h"

#include <gtest/gtest.h>

namespace remaphore::nats {
namespace {

TEST(ServerError, ARefusedSubjectLeavesTheLink) {
  EXPECT_EQ(classify_error("Permissions Violation for Publish to \"a.b\""), ServerError::kDenied);
  EXPECT_EQ(classify_error("Permissions Violation for Subscription to \"a.b\""), ServerError::kDenied);
  EXPECT_EQ(classify_error("maximum subscriptions exceeded"), ServerError::kDenied);
}

TEST(ServerError, KnowsEveryWayInWhichAServerRefusesCredentials) {
  for (const char* text : {"Authorization Violation", "authorization violation", "User Authentication Expired",
                           "User Authentication Revoked", "Account Authentication Expired"}) {
    EXPECT_EQ(classify_error(text), ServerError::kCredentials) << text;
  }
}

TEST(ServerError, ALimitOfTheServerSaysNothingAboutTheCredentials) {
  for (const char* text :
       {"maximum connections exceeded", "maximum account active connections exceeded", "Authentication Timeout"}) {
    EXPECT_EQ(classify_error(text), ServerError::kBusy) << text;
  }
}

TEST(ServerError, AMessageThatIsTooLargeSaysNothingOfWhatWasSentBeforeIt) {
  EXPECT_EQ(classify_error("Maximum Payload Violation"), ServerError::kOther);
}

TEST(ServerError, AnythingElseIsJustThat) {
  for (const char* text : {"", "Slow Consumer", "Stale Connection", "Unknown Protocol Operation"}) {
    EXPECT_EQ(classify_error(text), ServerError::kOther) << text;
  }
}

}  // namespace
}  // namespace remaphore::nats
