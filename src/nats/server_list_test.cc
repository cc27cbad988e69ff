#include "nats/server_list.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

namespace remaphore::nats {
namespace {

ServerAddress address(std::string_view text) { return *parse_server_address(text); }

TEST(ServerListTest, TriesTheServersInTheConfiguredOrderWithoutAPause) {
  ServerList servers({address("a"), address("b"), address("c")}, 1);
  EXPECT_EQ(servers.current().host, "a");
  EXPECT_EQ(servers.advance(0), Duration(0));
  EXPECT_EQ(servers.current().host, "b");
  EXPECT_EQ(servers.advance(0), Duration(0));
  EXPECT_EQ(servers.current().host, "c");
}

TEST(ServerListTest, PausesAfterARoundInVainAndLongerAfterEach) {
  ServerList servers({address("a"), address("b")}, 1);
  Duration last(0);
  for (int round = 0; round < 12; ++round) {
    EXPECT_EQ(servers.advance(65535), Duration(0));
    const Duration pause = servers.advance(65535);
    EXPECT_GE(pause, last);
    EXPECT_GT(pause, Duration(0));
    EXPECT_LE(pause, ServerList::kLongestPause);
    last = pause;
  }
  EXPECT_GT(last, ServerList::kLongestPause - std::chrono::milliseconds(1));
}

TEST(ServerListTest, NeverPausesLessThanHalfOfWhatIsDue) {
  ServerList servers({address("a")}, 1);
  EXPECT_EQ(servers.advance(0), ServerList::kFirstPause / 2);
}

TEST(ServerListTest, TriesAgainAtOnceAfterALinkThatHeld) {
  ServerList servers({address("a")}, 1);
  EXPECT_GT(servers.advance(0), Duration(0));
  servers.held();
  EXPECT_EQ(servers.advance(0), Duration(0));
  EXPECT_EQ(servers.advance(0), ServerList::kFirstPause / 2);
}

TEST(ServerListTest, GivesASlowServerMoreTimeWithEachRoundUpToABound) {
  ServerList servers({address("a")}, 1);
  EXPECT_EQ(servers.attempt_timeout(), ServerList::kFirstAttempt);
  servers.advance(0);
  EXPECT_EQ(servers.attempt_timeout(), 2 * ServerList::kFirstAttempt);
  for (int i = 0; i < 100; ++i) servers.advance(0);
  EXPECT_EQ(servers.attempt_timeout(), ServerList::kLongestAttempt);
}

TEST(ServerListTest, GivesEveryServerItsShareOfAShortTimeInTheFirstRound) {
  using std::chrono::seconds;
  ServerList servers({address("a"), address("b"), address("c"), address("d")}, 1);
  EXPECT_EQ(servers.attempt_timeout(seconds(4)), std::chrono::milliseconds(980));
  EXPECT_EQ(servers.attempt_timeout(std::chrono::nanoseconds(1)), ServerList::kShortestAttempt);
  EXPECT_EQ(servers.attempt_timeout(seconds(3600)), ServerList::kFirstAttempt);
  EXPECT_EQ(servers.attempt_timeout(Duration(0)), ServerList::kFirstAttempt);  // no bound
  for (int i = 0; i < 4; ++i) servers.advance(0);
  EXPECT_EQ(servers.attempt_timeout(seconds(1)), 2 * ServerList::kFirstAttempt);
}

TEST(ServerListTest, IsRefusedOnlyOnceEveryConfiguredServerHasRefusedOftenEnough) {
  ServerList servers({address("a"), address("b")}, 2);
  servers.learn({"c:4222"}, false);
  servers.refused();
  servers.refused();
  EXPECT_FALSE(servers.refused_everywhere());
  servers.advance(0);
  servers.refused();
  EXPECT_FALSE(servers.refused_everywhere());
  servers.refused();
  EXPECT_TRUE(servers.refused_everywhere());
  servers.accepted();
  EXPECT_FALSE(servers.refused_everywhere());
}

TEST(ServerListTest, LearnsOtherServersOnceAndNeverTheirPasswordsOrJunk) {
  ServerList servers({address("a:1")}, 1);
  servers.learn({"a:1", "b:2", "b:2", "not an address", "", "u:p@[::1]:3"}, false);
  EXPECT_TRUE(servers.has_others());
  servers.advance(0);
  EXPECT_EQ(servers.current().display(), "b:2");
  EXPECT_FALSE(servers.current_is_configured());
  servers.advance(0);
  EXPECT_EQ(servers.current().display(), "a:1");
  EXPECT_TRUE(servers.current_is_configured());
  servers.advance(0);
  EXPECT_EQ(servers.current().display(), "[::1]:3");
  servers.advance(0);
  EXPECT_EQ(servers.current().display(), "a:1");
  servers.advance(0);
  EXPECT_EQ(servers.current().display(), "b:2");
}

TEST(ServerListTest, DemandsOfALearnedServerTheTlsAndTheNameOfTheOneThatNamedIt) {
  ServerList servers({address("nats://a.example:1"), address("tls://z.example")}, 1);
  EXPECT_EQ(servers.tls_name(), "a.example");
  servers.learn({"10.0.0.2:4222"}, true);
  servers.advance(0);
  EXPECT_EQ(servers.tls_name(), "z.example");
  servers.advance(0);
  EXPECT_EQ(servers.current().host, "10.0.0.2");
  EXPECT_TRUE(servers.current().tls);
  EXPECT_EQ(servers.tls_name(), "a.example");
  servers.learn({"elsewhere.example:4222"}, true);  // said by 10.0.0.2
  for (int i = 0; i < 3; ++i) servers.advance(0);
  EXPECT_EQ(servers.current().host, "elsewhere.example");
  EXPECT_EQ(servers.tls_name(), "a.example");
}

TEST(ServerListTest, DoesNotDemandTlsOfThoseThatWereNamedInTheClear) {
  ServerList servers({address("a")}, 1);
  servers.learn({"b"}, false);
  servers.advance(0);
  EXPECT_FALSE(servers.current().tls);
}

TEST(ServerListTest, TriesTheConfigsServersBeforeEachOneThatWasAnnounced) {
  ServerList servers({address("a"), address("b")}, 1);
  servers.learn({"x", "y", "z"}, false);
  servers.held();
  std::string order;
  for (int i = 0; i < 12; ++i) {
    servers.advance(0);
    order += servers.current().host;
  }
  EXPECT_EQ(order, "baxabyabzabx");
}

TEST(ServerListTest, TriesTheConfigsServersAfterTheLinkToAnAnnouncedOne) {
  ServerList servers({address("a")}, 1);
  servers.learn({"x"}, false);
  servers.advance(0);
  ASSERT_EQ(servers.current().host, "x");
  servers.held();
  EXPECT_EQ(servers.advance(0), Duration(0));
  EXPECT_EQ(servers.current().host, "a");
  EXPECT_EQ(servers.advance(0), Duration(0));
  EXPECT_EQ(servers.current().host, "x");
}

TEST(ServerListTest, SharesAShortTimeAmongTheAddressesOfAName) {
  using std::chrono::seconds;
  ServerList servers({address("a"), address("b")}, 1);
  servers.learn({"c", "d", "e"}, false);
  EXPECT_EQ(servers.attempt_timeout(seconds(4), 2), std::chrono::milliseconds(980));
  EXPECT_EQ(servers.attempt_timeout(seconds(4), 16), ServerList::kShortestAttempt);
  EXPECT_EQ(servers.attempt_timeout(Duration(0), 16), ServerList::kFirstAttempt);
}

TEST(ServerListTest, BoundsWhatAServerCanMakeItLearn) {
  ServerList servers({address("a")}, 1);
  std::vector<std::string> urls;
  for (int i = 0; i < 1000; ++i) urls.push_back("h" + std::to_string(i));
  servers.learn(urls, false);
  std::set<std::string> different;
  for (int i = 0; i < 3000; ++i) {
    different.insert(servers.current().host);
    servers.advance(0);
  }
  EXPECT_EQ(different.size(), ServerList::kMaxServers);
}

}  // namespace
}  // namespace remaphore::nats
