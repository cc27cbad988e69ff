#include "nats/server_error.h"

#include <gtest/gtest.h>

namespace remaphore::nats {
namespace {

TEST(ServerErrorTest, ARefusedSubjectLeavesTheLink) {
  EXPECT_EQ(classify_error("Permissions Violation for Publish to \"a.b\""), ServerError::kDenied);
  EXPECT_EQ(classify_error("Permissions Violation for Subscription to \"a.b\""), ServerError::kDenied);
  EXPECT_EQ(classify_error("maximum subscriptions exceeded"), ServerError::kDenied);
}

TEST(ServerErrorTest, ADenialNamesItsSubject) {
  const auto text_of = [](std::string_view text) {
    const Denial denial = parse_denial(text);
    const char* names[] = {"?", "subscription", "publication"};
    return std::string(names[static_cast<int>(denial.of)]) + " " + denial.subject;
  };
  EXPECT_EQ(text_of("Permissions Violation for Publish to \"a.b\""), "publication a.b");
  EXPECT_EQ(text_of("permissions violation for subscription to \"a.*\""), "subscription a.*");
  EXPECT_EQ(text_of("Permissions Violation for Subscription to \"a.b\" using queue \"q\""), "subscription a.b");
  EXPECT_EQ(text_of("Permissions Violation for Subscription to \"a.b\" (sid \"7\")"), "subscription a.b");
  EXPECT_EQ(text_of(R"(Permissions Violation for Publish to "a\"b\\c")"), "publication a\"b\\c");
  for (const char* rest : {"", "a", "\"", "\"a", "\"a\\", "\"a\\x00\"", "'a'"}) {
    EXPECT_EQ(text_of("Permissions Violation for Publish to " + std::string(rest)), "publication ") << rest;
  }
  EXPECT_EQ(text_of("Permissions Violation for Publish to \"" + std::string(kMaxDeniedSubject, 'x') + "\"").size(),
            kMaxDeniedSubject + 12);
  EXPECT_EQ(text_of("Permissions Violation for Publish to \"" + std::string(kMaxDeniedSubject + 1, 'x') + "\""),
            "publication ");
  EXPECT_EQ(text_of("maximum subscriptions exceeded"), "? ");
  EXPECT_EQ(text_of("Permissions Violation"), "? ");
}

TEST(ServerErrorTest, KnowsEveryWayInWhichAServerRefusesCredentials) {
  for (const char* text : {"Authorization Violation", "authorization violation", "User Authentication Expired",
                           "User Authentication Revoked", "Account Authentication Expired"}) {
    EXPECT_EQ(classify_error(text), ServerError::kCredentials) << text;
  }
}

TEST(ServerErrorTest, ALimitOfTheServerIsNoFaultOfTheCredentials) {
  for (const char* text :
       {"maximum connections exceeded", "maximum account active connections exceeded", "Authentication Timeout"}) {
    EXPECT_EQ(classify_error(text), ServerError::kBusy) << text;
  }
}

TEST(ServerErrorTest, KnowsALineThatIsTooLongForTheServer) {
  EXPECT_EQ(classify_error("maximum control line exceeded"), ServerError::kLineTooLong);
  EXPECT_EQ(classify_error("Maximum Control Line Exceeded"), ServerError::kLineTooLong);
}

TEST(ServerErrorTest, AMessageThatIsTooLargeSaysNothingOfWhatWasSentBeforeIt) {
  EXPECT_EQ(classify_error("Maximum Payload Violation"), ServerError::kOther);
}

TEST(ServerErrorTest, AnythingElseIsJustThat) {
  for (const char* text : {"", "Slow Consumer", "Stale Connection", "Unknown Protocol Operation"}) {
    EXPECT_EQ(classify_error(text), ServerError::kOther) << text;
  }
}

}  // namespace
}  // namespace remaphore::nats
