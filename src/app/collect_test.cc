#include "app/collect.h"

#include <gtest/gtest.h>

#include "app/asking_fixture.h"

namespace remaphore {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class CollectTest : public test::AskingTest<SendOptions> {
 protected:
  Collected run(const std::string& pattern = "**") { return run_with(config_, pattern); }
  Collected run_with(const Config& config, const std::string& pattern) {
    options_.message.destination = pattern;
    return collect(options_, config, {bus_, clock_, poller_, log_});
  }
  static std::string shown(const Collected& collected) {
    std::string text;
    for (const auto& one : collected.answers)
      text += one.destination + ' ' + std::to_string(one.exit_status) + ' ' + one.output + '\n';
    return text;
  }
};

using Names = std::vector<std::string>;

TEST_F(CollectTest, HoldsTheAnswersInTheOrderOfArrivalAndEndsWithTheLast) {
  plan(3, "0,three\n", seconds(1));
  plan(2, "7,", seconds(2));
  plan(4, "NO_DATA", seconds(3));
  const MonotonicTime start = clock_.monotonic();
  const Collected collected = run();
  EXPECT_EQ(clock_.monotonic() - start, seconds(3));
  EXPECT_EQ(shown(collected), "node3 0 three\n\nnode2 7 \nnode4 0 NO_DATA\n");
  EXPECT_EQ(collected.answers[0].public_key, config_.peers.all()[2].public_key);
  EXPECT_TRUE(collected.silent.empty());
  EXPECT_TRUE(collected.delivered);
  EXPECT_EQ(log_.text(), "");
}

TEST_F(CollectTest, NamesSilentNodesAtTheTimeout) {
  plan(3, "0,three", seconds(1));
  const MonotonicTime start = clock_.monotonic();
  const Collected collected = run();
  EXPECT_EQ(clock_.monotonic() - start, seconds(5));
  EXPECT_EQ(collected.silent, (Names{"node2", "node4"}));
  EXPECT_TRUE(collected.delivered);
}

TEST_F(CollectTest, WaitsForAllHoweverLongThatTakesWithoutATimeout) {
  options_.timeout = Duration(0);
  plan(2, "0,late", std::chrono::hours(1));
  EXPECT_EQ(shown(run("node2")), "node2 0 late\n");
}

TEST_F(CollectTest, DoesNotWaitForSendOnlyNodes) {
  const Config config = test::parsed("send_only: node2,node4\n" + test::config_text({1, 2, 3, 4}));
  plan(3, "0,three", seconds(1));
  const MonotonicTime start = clock_.monotonic();
  const Collected collected = run_with(config, "**");
  EXPECT_EQ(clock_.monotonic() - start, seconds(1));
  EXPECT_TRUE(collected.silent.empty());
}

TEST_F(CollectTest, TakesFurtherAnswersOfANodeAndNoneThatIsMalformed) {
  plan(2, "neither", seconds(1));
  plan(2, "0,first", seconds(2));
  plan(2, "0,second", seconds(2));
  plan(3, "0,three", seconds(3));
  plan(4, "0,four", seconds(4));
  EXPECT_EQ(shown(run()), "node2 0 first\nnode2 0 second\nnode3 0 three\nnode4 0 four\n");
  EXPECT_TRUE(said("neither EXIT,OUTPUT nor NO_DATA"));
}

TEST_F(CollectTest, TakesNoAnswerOfAStranger) {
  plan(9, "0,forged", milliseconds(500));
  plan(2, "0,genuine", seconds(1));
  EXPECT_EQ(shown(run("node2")), "node2 0 genuine\n");
}

TEST_F(CollectTest, SaysThatNoServerTookTheRequest) {
  broker_.stop();
  const Collected collected = run();
  EXPECT_FALSE(collected.delivered);
  EXPECT_TRUE(collected.answers.empty());
  EXPECT_EQ(collected.silent, (Names{"node2", "node3", "node4"}));
  EXPECT_NE(log_.text(), "");
}

TEST_F(CollectTest, EndsAtASignalWithWhatIsThere) {
  plan(2, "0,two", seconds(1));
  poller_.after(seconds(2), [this] { poller_.stop(SIGTERM); });
  const MonotonicTime start = clock_.monotonic();
  const Collected collected = run();
  EXPECT_EQ(clock_.monotonic() - start, seconds(2));
  EXPECT_EQ(shown(collected), "node2 0 two\n");
  EXPECT_EQ(collected.silent, (Names{"node3", "node4"}));
}

}  // namespace
}  // namespace remaphore
