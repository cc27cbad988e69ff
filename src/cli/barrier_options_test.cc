#include "cli/barrier_options.h"

#include <gtest/gtest.h>

#include "cli/options_fixture.h"
#include "support/test_messages.h"

namespace remaphore {
namespace {

// We are key 1, node1; the peers are node2 to node4.
class BarrierOptionsTest : public OptionsFixture<std::optional<BarrierOptions>> {
 protected:
  explicit BarrierOptionsTest(const std::string& text = test::config_text({2, 3, 4}) + "[ Groups ]\nweb node2,node3\n")
      : OptionsFixture(text, barrier_options) {}

  std::size_t expected(Arguments arguments) const { return accepted(arguments)->goal.expected(); }
};

TEST_F(BarrierOptionsTest, AreNoneWithoutCountAndFrom) { EXPECT_FALSE(accepted({"-u", "x"})); }

TEST_F(BarrierOptionsTest, CountAllPeersOrThoseThatAreNamed) {
  EXPECT_EQ(expected({"--count", "2"}), 2u);
  EXPECT_EQ(expected({"--count", "all"}), 3u);
  EXPECT_EQ(expected({"--from", "node[2-4],!node3"}), 2u);
  EXPECT_EQ(expected({"--from", "@web"}), 2u);
  EXPECT_EQ(expected({"--from", "node*", "--count", "60%"}), 2u);
  EXPECT_FALSE(accepted({"--count", "2"})->arrival);
}

TEST_F(BarrierOptionsTest, RefuseMoreThanThereAre) {
  EXPECT_EQ(error_of({"--count", "4"}), "option --count: 4 must arrive, but there are only 3");
  EXPECT_EQ(error_of({"--from", "@web", "--count", "3"}), "option --count: 3 must arrive, but there are only 2");
}

TEST_F(BarrierOptionsTest, SayIfTooFewMaySendWhatIsWaitedFor) {
  const Peers peers({{"a", "1111", VerbList("ping"), 1},
                     {"b", "2222", VerbList("ready,ping"), 2},
                     {"b", "3333", VerbList("*"), 3},
                     {"c", "4444", VerbList(""), 4}});
  const auto all = *Goal::barrier({.count = *Portion::parse("2"), .from = {}, .self = {}}, peers);
  const auto named = *Goal::barrier({.count = {}, .from = {{"a", "b", "c"}}, .self = {}}, peers);
  const auto ours = *Goal::barrier({.count = *Portion::parse("2"), .from = {}, .self = "us"}, peers);
  Filter filter;
  EXPECT_EQ(why_incomplete(all, filter, peers), "");
  EXPECT_EQ(why_incomplete(named, filter, peers),
            "3 must arrive, but only 2 may send such a message to this node, not c");
  filter.verbs = {"ready"};
  EXPECT_EQ(why_incomplete(all, filter, peers), "2 must arrive, but only 1 may send such a message to this node");
  EXPECT_EQ(why_incomplete(named, filter, peers),
            "3 must arrive, but only 1 may send such a message to this node, not a, c");
  EXPECT_EQ(why_incomplete(ours, filter, peers), "");
  filter.verbs = {"ping", "ready"};
  EXPECT_EQ(why_incomplete(all, filter, peers), "");
  filter.public_key = "3333";
  EXPECT_EQ(why_incomplete(all, filter, peers), "2 must arrive, but only 1 may send such a message to this node");
}

TEST_F(BarrierOptionsTest, RefuseANodeThatIsNoPeer) {
  EXPECT_EQ(error_of({"--from", "node2,node9"}), "option --from: no configured peer matches \"node9\"");
  EXPECT_EQ(error_of({"--from", "@none"}), "option --from: the config has no group \"none\"");
  EXPECT_TRUE(contains(error_of({"--from", "node2,,node3"}), "option --from: an empty target"));
}

TEST_F(BarrierOptionsTest, DoNotGoWithOnce) {
  EXPECT_EQ(error_of({"-o", "--count", "2"}), "options -o and --count or --from cannot be combined");
  EXPECT_EQ(error_of({"--exit-status", "--from", "node2", "run"}),
            "options --exit-status and --count or --from cannot be combined");
}

TEST_F(BarrierOptionsTest, BelongTogether) {
  EXPECT_EQ(error_of({"--arrive"}), "option --arrive needs --count or --from");
  EXPECT_EQ(error_of({"--any-status", "run"}), "option --any-status needs --count or --from");
  EXPECT_EQ(error_of({"--any-status", "--count", "2"}), "option --any-status needs a command");
  EXPECT_EQ(error_of({"--payload-file", "f"}), "option --payload-file is only for -s, -r and --arrive");
  EXPECT_EQ(error_of({"--payload-file", "f", "--count", "2"}), "option --payload-file is only for -s, -r and --arrive");
}

TEST_F(BarrierOptionsTest, ShowProgressAtABarrierOnly) {
  EXPECT_TRUE(accepted({"--progress", "never", "--count", "2"}));
  EXPECT_EQ(error_of({"--yes"}), "option --yes is only for -s, -r, --arrive and --break");
  EXPECT_EQ(error_of({"--yes", "--count", "2"}), "option --yes is only for -s, -r, --arrive and --break");
  EXPECT_EQ(error_of({"--progress", "never"}), "option --progress is only for -r, --count and --from");
}

TEST_F(BarrierOptionsTest, CountOurselvesIfWeArrive) {
  EXPECT_EQ(expected({"--arrive", "--count", "all"}), 4u);
  EXPECT_EQ(expected({"--arrive", "--from", "@web"}), 3u);
  EXPECT_EQ(expected({"--arrive", "--from", "node1,node2"}), 2u) << "we may be named though we are not our own peer";
}

TEST_F(BarrierOptionsTest, SignalWhatTheyWaitFor) {
  const auto options = accepted({"--arrive", "--count", "2", "-u", "x", "-v", "ready", "-S", "part"});
  EXPECT_EQ(options->arrival->message.uuid, Uuid::from_text("x"));
  EXPECT_EQ(options->arrival->message.verb, "ready");
  EXPECT_EQ(options->arrival->message.destination, "**");
  EXPECT_FALSE(options->arrival->message.reply_wanted);
  EXPECT_EQ(options->arrival->subject, "remaphore.part");
  EXPECT_EQ(options->arrival->identity->public_key, test::public_text(1));
}

TEST_F(BarrierOptionsTest, SignalWithOneVerb) {
  EXPECT_EQ(error_of({"--arrive", "--count", "2", "-v", "a,b"}),
            "option --arrive signals with one verb: -v must not name several");
}

class LimitedVerbsTest : public BarrierOptionsTest {
 protected:
  static std::string limited() {
    std::string text = test::config_text({2});
    const std::size_t all = text.find("[*]");
    return text.replace(all, 3, "[ready]");
  }
  LimitedVerbsTest() : BarrierOptionsTest(limited()) {}
};

TEST_F(LimitedVerbsTest, MustAllowTheSignal) {
  EXPECT_TRUE(accepted({"--arrive", "--count", "2", "-v", "ready"}));
  EXPECT_TRUE(contains(error_of({"--arrive", "--count", "2"}), "ping"));
}

}  // namespace
}  // namespace remaphore
