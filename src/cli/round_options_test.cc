#include "cli/round_options.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <initializer_list>
#include <span>

namespace remaphore {
namespace {

using std::chrono::seconds;
using Names = std::vector<std::string>;

CommandLine line(std::initializer_list<const char*> arguments) {
  return *CommandLine::parse(std::span<const char* const>(arguments.begin(), arguments.size()));
}
Result<RoundRules> rules(std::initializer_list<const char*> arguments) { return round_rules(line(arguments), 20); }

TEST(RoundOptionsTest, AreOneRoundWithoutABatch) {
  const auto one = rules({"-r", "-t", "1s"});
  ASSERT_TRUE(one);
  EXPECT_TRUE(one->batch.empty());
}

TEST(RoundOptionsTest, AreRead) {
  const auto all = rules({"-r", "--batch", "1,10%", "--batch-wait", "30s", "--node-timeout", "5m", "--max-fail", "10%",
                          "--order", "given"});
  ASSERT_TRUE(all);
  ASSERT_EQ(all->batch.size(), 2u);
  EXPECT_EQ(all->batch[1].of(20), 2u);
  EXPECT_EQ(all->pause, seconds(30));
  EXPECT_EQ(all->node_timeout, seconds(300));
  EXPECT_EQ(all->max_failed, 2u);
  EXPECT_EQ(rules({"-r", "--batch", "1", "-t", "1s", "--max-fail", "0"})->max_failed, 0u);
  EXPECT_EQ(rules({"-r", "--batch", "1", "-t", "1s", "--max-fail", "all"})->max_failed, 20u);
  EXPECT_EQ(rules({"-r", "--batch", "1", "-t", "1s"})->node_timeout, std::nullopt);
}

TEST(RoundOptionsTest, NeedALimitOfTime) {
  for (const auto& arguments : {std::initializer_list<const char*>{"-r", "--batch", "1"},
                                {"-r", "--batch", "1", "-t", "0"},
                                {"-r", "--batch", "1", "--node-timeout", "0"}}) {
    const auto refused = rules(arguments);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::kUsage);
  }
}

TEST(RoundOptionsTest, OrderTheNames) {
  const Names names{"b", "c", "a"};
  EXPECT_EQ(in_order(line({"-r"}), names), (Names{"a", "b", "c"}));
  EXPECT_EQ(in_order(line({"-r", "--order", "given"}), names), names);
  Names random = in_order(line({"-r", "--order", "random"}), names);
  std::sort(random.begin(), random.end());
  EXPECT_EQ(random, (Names{"a", "b", "c"}));
}

}  // namespace
}  // namespace remaphore
