#include "cli/help.h"

#include <gtest/gtest.h>

#include <string>

namespace remaphore {
namespace {

TEST(HelpTest, NamesEveryOptionAndEveryMode) {
  const std::string help = help_text();
  for (const Option& option : option_table()) {
    EXPECT_NE(help.find("--" + std::string(option.long_name)), std::string::npos) << option.long_name;
    EXPECT_NE(help.find(described(option)), std::string::npos) << option.long_name;
    EXPECT_NE(help.find(option.exit_statuses), std::string::npos) << option.long_name;
  }
  for (const char* mode : {"remaphore -s", "remaphore -r", "remaphore    [options]", "remaphore -C", "exit status"}) {
    EXPECT_NE(help.find(mode), std::string::npos) << mode;
  }
}

TEST(HelpTest, DescribesWhereAnOptionBelongs) {
  const auto told = [](OptionRef option) { return described(option.row()); };
  EXPECT_EQ(told("once"), "receiving: exit after the first accepted message");
  EXPECT_EQ(told("stored").substr(0, 9), "with -s: ");
  EXPECT_EQ(told("stdin").substr(0, 9), "sending: ");
  EXPECT_EQ(told("yes").substr(0, 28), "sending, --arrive, --break: ");
  EXPECT_EQ(told("ready-fd").substr(0, 19), "receiving, --lock: ");
  EXPECT_EQ(told("progress").substr(0, 21), "-r, --count, --from: ");
  EXPECT_EQ(told("batch-wait"), "with --batch: wait DUR between rounds");
  EXPECT_EQ(told("arrive").substr(0, 24), "with --count or --from: ");
  EXPECT_EQ(told("exit-status"), "with -o or -u and a command: exit with the command's exit status");
  EXPECT_EQ(told("lease"),
            "with --lock: how long a holder that is out of touch keeps the lock, default 30s (2s to 5m)");
  EXPECT_EQ(told("lock").substr(0, 11), "hold a lock");
  EXPECT_EQ(told("quiet"), "only errors and Ready on standard error");
}

}  // namespace
}  // namespace remaphore
