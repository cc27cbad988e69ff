#include "core/reply_tracker.h"

#include <gtest/gtest.h>

#include "core/config_parser.h"
#include "support/test_messages.h"

namespace remaphore {
namespace {

// Our own identity is key 1; peers are node<number>, several lines with one key are told apart by their names.
class ReplyTrackerTest : public testing::Test {
 protected:
  static Config config(const std::string& peers) {
    const std::string text = test::config_text({}) + peers;
    auto parsed = parse_config(std::vector<char>(text.begin(), text.end()), "test");
    EXPECT_TRUE(parsed) << parsed.error().message;
    return std::move(*parsed);
  }
  static std::string line(const std::string& name, std::uint8_t number) {
    return name + " " + test::public_text(number) + " [*]\n";
  }
  static VerifiedReply reply(const Config& config, const ReplyTracker& tracker, std::uint8_t number,
                             std::string_view payload) {
    const std::string bytes = test::reply_by(number, "request", payload, test::noon());
    auto screened = screen_reply(bytes, test::noon(),
                                 {tracker.addressed(), config.peers, Uuid::from_text("x"), false, config.allow_skew});
    return std::move(*verify_reply(std::move(*screened)));
  }
};

TEST_F(ReplyTrackerTest, AwaitsEveryPeerThatMatchesButOurselves) {
  const Config config =
      ReplyTrackerTest::config(line("com.a", 1) + line("com.b", 2) + line("com.c", 3) + line("org.d", 4));
  ReplyTracker tracker(config.peers, config.identities, "com.*");
  EXPECT_EQ(tracker.addressed().all().size(), 3u);
  EXPECT_EQ(tracker.awaited(), 2u);
  ASSERT_EQ(tracker.missing().size(), 2u);
  EXPECT_EQ(tracker.missing()[0]->destination, "com.b");
  EXPECT_EQ(tracker.missing()[1]->destination, "com.c");
  EXPECT_FALSE(tracker.complete());
}

TEST_F(ReplyTrackerTest, AwaitsOurselvesIfNobodyElseMatches) {
  const Config config = ReplyTrackerTest::config(line("com.a", 1) + line("org.b", 2));
  const ReplyTracker tracker(config.peers, config.identities, "com.*");
  EXPECT_EQ(tracker.awaited(), 1u);
  EXPECT_EQ(tracker.missing()[0]->destination, "com.a");
}

TEST_F(ReplyTrackerTest, AwaitsNobodyIfNobodyMatches) {
  const Config config = ReplyTrackerTest::config(line("com.a", 2));
  const ReplyTracker tracker(config.peers, config.identities, "org.*");
  EXPECT_EQ(tracker.awaited(), 0u);
  EXPECT_TRUE(tracker.addressed().all().empty());
}

TEST_F(ReplyTrackerTest, AwaitsOneAnswerAKey) {
  const Config config = ReplyTrackerTest::config(line("com.a", 2) + line("com.b", 2) + line("com.c", 3));
  ReplyTracker tracker(config.peers, config.identities, "**");
  EXPECT_EQ(tracker.awaited(), 2u);
  EXPECT_EQ(tracker.record(reply(config, tracker, 2, "0,x"), 0), ReplyTracker::Answered::kFirst);
  EXPECT_EQ(tracker.answered(), 1u);
  ASSERT_EQ(tracker.missing().size(), 1u);
  EXPECT_EQ(tracker.missing()[0]->destination, "com.c");
}

TEST_F(ReplyTrackerTest, AwaitsADestinationOnceHoweverManyKeysItHas) {
  const Config config = ReplyTrackerTest::config(line("com.a", 2) + line("com.a", 3) + line("com.b", 4));
  ReplyTracker tracker(config.peers, config.identities, "**");
  EXPECT_EQ(tracker.awaited(), 2u);
  ASSERT_EQ(tracker.missing().size(), 2u);
  EXPECT_EQ(tracker.missing()[0]->destination, "com.a");
  EXPECT_EQ(tracker.missing()[1]->destination, "com.b");
  EXPECT_EQ(tracker.record(reply(config, tracker, 3, "0,x"), 0), ReplyTracker::Answered::kFirst);
  EXPECT_EQ(tracker.answered(), 1u);
  EXPECT_EQ(tracker.record(reply(config, tracker, 2, "0,x"), 0), ReplyTracker::Answered::kFurther);
  EXPECT_EQ(tracker.answered(), 1u);
  EXPECT_EQ(tracker.record(reply(config, tracker, 4, "0,x"), 0), ReplyTracker::Answered::kFirst);
  EXPECT_TRUE(tracker.complete());
}

TEST_F(ReplyTrackerTest, TakesAnAnswerUnderAnyKeyOfANodeForTheNodes) {
  const Config config = ReplyTrackerTest::config(line("com.a", 2) + line("com.a", 3));
  ReplyTracker tracker(config.peers, config.identities, "**");
  const VerifiedReply first = reply(config, tracker, 3, "0,x");
  EXPECT_EQ(&tracker.node_of(first.sender()), &tracker.addressed().all()[0]);
  tracker.record(first, 0);
  EXPECT_EQ(tracker.succeeded(), 1u);
  tracker.record(reply(config, tracker, 2, "4,x"), 4);
  EXPECT_EQ(tracker.succeeded(), 0u);
  EXPECT_EQ(tracker.failed(), 1u);
  ASSERT_EQ(tracker.failures().size(), 1u);
  EXPECT_EQ(tracker.failures()[0].exit_status, 4);
}

TEST_F(ReplyTrackerTest, DoesNotAwaitAnotherKeyOfOurOwnDestination) {
  const Config config = ReplyTrackerTest::config(line("com.a", 1) + line("com.a", 2) + line("com.b", 3));
  ReplyTracker tracker(config.peers, config.identities, "**");
  EXPECT_EQ(tracker.awaited(), 1u);
  EXPECT_EQ(tracker.missing()[0]->destination, "com.b");
  EXPECT_EQ(tracker.record(reply(config, tracker, 2, "0,x"), 0), ReplyTracker::Answered::kFirst);
  EXPECT_EQ(tracker.answered(), 0u);
}

TEST_F(ReplyTrackerTest, DoesNotAwaitSendOnlyNodes) {
  const Config config = ReplyTrackerTest::config(line("com.a", 2) + line("com.ops.b", 3) + line("com.ops.c", 4));
  ReplyTracker tracker(config.peers, config.identities, "**", {"com.ops.*"});
  EXPECT_EQ(tracker.awaited(), 1u);
  EXPECT_EQ(tracker.missing()[0]->destination, "com.a");
  EXPECT_EQ(tracker.record(reply(config, tracker, 3, "0,x"), 0),
            ReplyTracker::Answered::kFirst);  // welcome, not awaited
  const ReplyTracker senders(config.peers, config.identities, "com.ops.*", {"com.ops.*"});
  EXPECT_EQ(senders.awaited(), 0u);
}

TEST_F(ReplyTrackerTest, AwaitsOurselvesIfAllOthersOnlySend) {
  const Config config = ReplyTrackerTest::config(line("com.a", 1) + line("com.b", 2));
  const ReplyTracker tracker(config.peers, config.identities, "**", {"com.*"});
  ASSERT_EQ(tracker.awaited(), 1u);
  EXPECT_EQ(tracker.missing()[0]->destination, "com.a");
}

TEST_F(ReplyTrackerTest, IsCompleteOnceEverybodyAwaitedHasAnswered) {
  const Config config = ReplyTrackerTest::config(line("com.a", 1) + line("com.b", 2) + line("com.c", 3));
  ReplyTracker tracker(config.peers, config.identities, "**");
  EXPECT_EQ(tracker.record(reply(config, tracker, 2, "0,x"), 0), ReplyTracker::Answered::kFirst);
  EXPECT_FALSE(tracker.complete());
  EXPECT_EQ(tracker.record(reply(config, tracker, 1, "0,ours"), 0),
            ReplyTracker::Answered::kFirst);  // welcome, not awaited
  EXPECT_FALSE(tracker.complete());
  EXPECT_EQ(tracker.record(reply(config, tracker, 3, "0,x"), 0), ReplyTracker::Answered::kFirst);
  EXPECT_TRUE(tracker.complete());
  EXPECT_TRUE(tracker.missing().empty());
}

TEST_F(ReplyTrackerTest, TellsFurtherAnswersFromRepeats) {
  const Config config = ReplyTrackerTest::config(line("com.b", 2) + line("com.c", 3));
  ReplyTracker tracker(config.peers, config.identities, "**");
  EXPECT_EQ(tracker.record(reply(config, tracker, 2, "0,one"), 0), ReplyTracker::Answered::kFirst);
  EXPECT_EQ(tracker.record(reply(config, tracker, 2, "0,one"), 0), ReplyTracker::Answered::kRepeat);
  EXPECT_EQ(tracker.record(reply(config, tracker, 2, "0,two"), 0), ReplyTracker::Answered::kFurther);
  EXPECT_EQ(tracker.record(reply(config, tracker, 2, "0,two"), 0), ReplyTracker::Answered::kRepeat);
  EXPECT_EQ(tracker.answered(), 1u);
}

TEST_F(ReplyTrackerTest, DropsTooManyAnswersOfOnePeer) {
  const Config config = ReplyTrackerTest::config(line("com.b", 2) + line("com.c", 3));
  ReplyTracker tracker(config.peers, config.identities, "**");
  int taken = 0;
  for (int i = 0; i < 200; ++i) {
    taken += tracker.record(reply(config, tracker, 2, "0," + std::to_string(i)), 0) != ReplyTracker::Answered::kRepeat;
  }
  EXPECT_EQ(taken, 64);
  EXPECT_EQ(tracker.record(reply(config, tracker, 3, "0,x"), 0), ReplyTracker::Answered::kFirst);
}

TEST_F(ReplyTrackerTest, KnowsWhoseCommandFailed) {
  const Config config =
      ReplyTrackerTest::config(line("com.a", 1) + line("com.b", 2) + line("com.c", 3) + line("com.d", 4));
  ReplyTracker tracker(config.peers, config.identities, "**");
  tracker.record(reply(config, tracker, 1, "9,ours"), 9);  // not awaited
  EXPECT_EQ(tracker.failed(), 0u);
  tracker.record(reply(config, tracker, 2, "0,"), 0);
  tracker.record(reply(config, tracker, 3, "7,"), 7);
  EXPECT_EQ(tracker.succeeded(), 1u);
  tracker.record(reply(config, tracker, 3, "8,"), 8);
  tracker.record(reply(config, tracker, 3, "0,"), 0);
  EXPECT_EQ(tracker.succeeded(), 1u);
  EXPECT_EQ(tracker.failed(), 1u);
  ASSERT_EQ(tracker.failures().size(), 1u);
  EXPECT_EQ(tracker.failures()[0].peer->destination, "com.c");
  EXPECT_EQ(tracker.failures()[0].exit_status, 7);
}

TEST_F(ReplyTrackerTest, TakesANodeThatFailsLaterForFailed) {
  const Config config = ReplyTrackerTest::config(line("com.b", 2) + line("com.c", 3));
  ReplyTracker tracker(config.peers, config.identities, "**");
  tracker.record(reply(config, tracker, 2, "0,one listener"), 0);
  EXPECT_EQ(tracker.succeeded(), 1u);
  tracker.record(reply(config, tracker, 2, "1,another"), 1);
  EXPECT_EQ(tracker.succeeded(), 0u);
  EXPECT_EQ(tracker.failed(), 1u);
}

TEST_F(ReplyTrackerTest, OfNamesAwaitsExactlyThose) {
  const Config config = ReplyTrackerTest::config(line("com.a", 1) + line("com.b", 2) + line("com.b", 3) +
                                                 line("com.c", 4) + line("com.d", 5));
  using Names = std::vector<std::string>;
  const ReplyTracker tracker(config.peers, config.identities, Names{"com.d", "com.b", "com.*"});
  EXPECT_EQ(tracker.awaited_nodes(), (std::vector<std::string_view>{"com.b", "com.d"}));
  EXPECT_EQ(tracker.addressed().all().size(), 3u);
  const ReplyTracker with_ours(config.peers, config.identities, Names{"com.a", "com.b", "com.c"}, {"com.c"});
  EXPECT_EQ(with_ours.awaited_nodes(), std::vector<std::string_view>{"com.b"});
  const ReplyTracker ours(config.peers, config.identities, Names{"com.a"});
  EXPECT_EQ(ours.awaited_nodes(), std::vector<std::string_view>{"com.a"});
}

}  // namespace
}  // namespace remaphore
