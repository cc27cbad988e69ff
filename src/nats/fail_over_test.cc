#include "nats/fail_over.h"

#include <gtest/gtest.h>

namespace remaphore::nats {
namespace {

using std::chrono::seconds;
using Kind = AddressFailures::Kind;
using Next = FailOver::Next;

class FailOverTest : public testing::Test {
 protected:
  static ServerAddress address(std::string_view text) { return *parse_server_address(text); }
  Next lost(FailOver::Loss loss) { return fail_over_.lost(loss, now_); }
  Next refused() { return lost({.why = "refused", .kind = Kind::kRefused}); }
  void log_in() { lost({.why = "cable", .kind = Kind::kOther, .logged_in = true}); }

  FailOver fail_over_{{address("a"), address("b")}, 1, seconds(60)};
  MonotonicTime now_{seconds(100)};
};

TEST_F(FailOverTest, TriesTheOtherAddressesOfAServerBeforeTheNextServer) {
  EXPECT_EQ(lost({.why = "mute", .kind = Kind::kOther, .has_more_addresses = true}), Next::kAddress);
  EXPECT_EQ(lost({.why = "mute", .kind = Kind::kOther}), Next::kServer);
  EXPECT_EQ(fail_over_.advance(0), Duration(0));
  EXPECT_EQ(fail_over_.servers().current().host, "b");
}

TEST_F(FailOverTest, ResolvesANameAgainAfterALinkThatWasLost) {
  EXPECT_EQ(lost({.why = "cable", .kind = Kind::kOther, .logged_in = true, .has_more_addresses = true}), Next::kServer);
}

TEST_F(FailOverTest, LeavesTheOtherAddressesOfServersThatWillBeReplaced) {
  EXPECT_EQ(lost({.why = "mute", .kind = Kind::kOther, .has_more_addresses = true, .will_be_replaced = true}),
            Next::kServer);
}

TEST_F(FailOverTest, GivesUpOnceEveryServerHasRefusedTheCredentials) {
  EXPECT_EQ(refused(), Next::kServer);
  fail_over_.advance(0);
  fail_over_.begin_server();
  EXPECT_EQ(refused(), Next::kNothing);
  EXPECT_EQ(fail_over_.reason(), "refused");
}

TEST_F(FailOverTest, ARefusalAtOneAddressIsFinalOnlyWithThoseAtTheOthers) {
  FailOver one({address("a")}, 1, seconds(60));
  EXPECT_EQ(one.lost({.why = "refused", .kind = Kind::kRefused, .has_more_addresses = true}, now_), Next::kAddress);
  EXPECT_EQ(one.lost({.why = "mute", .kind = Kind::kOther}, now_), Next::kServer);
  one.begin_server();
  EXPECT_EQ(one.lost({.why = "refused", .kind = Kind::kRefused, .has_more_addresses = true}, now_), Next::kAddress);
  EXPECT_EQ(one.lost({.why = "nobody", .kind = Kind::kNobodyThere}, now_), Next::kNothing);
  EXPECT_EQ(one.reason(), "refused");
}

TEST_F(FailOverTest, NoRefusalIsFinalByServersThatWillBeReplaced) {
  refused();
  fail_over_.advance(0);
  fail_over_.begin_server();
  EXPECT_EQ(lost({.why = "refused", .kind = Kind::kRefused, .will_be_replaced = true}), Next::kServer);
  fail_over_.replace_servers({address("c")});
  fail_over_.begin_server();
  EXPECT_EQ(fail_over_.servers().current().host, "c");
  EXPECT_EQ(refused(), Next::kNothing);
}

TEST_F(FailOverTest, AfterALoginRefusalsMustGoOnForAWhile) {
  log_in();
  for (int i = 0; i < 4; ++i) {
    fail_over_.advance(0);
    fail_over_.begin_server();
    EXPECT_EQ(refused(), Next::kServer) << i;
  }
  now_ += seconds(60);
  fail_over_.advance(0);
  fail_over_.begin_server();
  EXPECT_EQ(refused(), Next::kNothing);
}

TEST_F(FailOverTest, ALoginForgetsTheRefusalsOfAllServers) {
  refused();
  fail_over_.advance(0);
  fail_over_.begin_server();
  log_in();
  fail_over_.begin_server();
  now_ += seconds(90);
  EXPECT_EQ(refused(), Next::kServer);
}

TEST_F(FailOverTest, ReportsTheAnswerOfOneAddressRatherThanThatNobodyListensAtAnother) {
  lost({.why = "mute", .kind = Kind::kOther, .has_more_addresses = true});
  lost({.why = "nobody", .kind = Kind::kNobodyThere});
  EXPECT_EQ(fail_over_.reason(), "mute");
  fail_over_.begin_server();
  lost({.why = "nobody", .kind = Kind::kNobodyThere});
  EXPECT_EQ(fail_over_.reason(), "nobody");
}

TEST_F(FailOverTest, TriesAgainAtOnceAfterALinkThatLasted) {
  FailOver one({address("a")}, 1, seconds(60));
  one.lost({.why = "cable", .kind = Kind::kOther, .logged_in = true, .lasted = true}, now_);
  EXPECT_EQ(one.advance(0), Duration(0));
  one.begin_server();
  one.lost({.why = "cable", .kind = Kind::kOther, .logged_in = true}, now_);
  EXPECT_GT(one.advance(0), Duration(0)) << "a server that drops every link at once must not make us spin";
}

}  // namespace
}  // namespace remaphore::nats
