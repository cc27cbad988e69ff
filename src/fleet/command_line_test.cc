#include "fleet/command_line.h"

#include <gtest/gtest.h>

#include <set>
#include <string_view>

namespace remaphore::fleet {
namespace {

using Texts = std::vector<std::string>;

Result<Options> parse(std::vector<std::string_view> words) { return parse_command_line(words); }

std::string error_of(std::vector<std::string_view> words) {
  const Result<Options> options = parse(std::move(words));
  if (options) return "no error";
  EXPECT_EQ(options.error().code, Errc::kUsage);
  return options.error().message;
}

TEST(FleetCommandLineTest, TakesOptionsAnywhereAmongTheOperands) {
  const Result<Options> options = parse({"init", "--server", "nats://a", "DIR", "com.a", "--server=nats://b", "--mixed",
                                         "com.b=x,y", "--prefix", "/etc/r"});
  ASSERT_TRUE(options) << options.error().message;
  EXPECT_EQ(options->command, Command::kInit);
  EXPECT_EQ(options->place, "DIR");
  EXPECT_EQ(options->operands, (Texts{"com.a", "com.b=x,y"}));
  EXPECT_EQ(options->servers, (Texts{"nats://a", "nats://b"}));
  EXPECT_EQ(options->prefix, "/etc/r");
  EXPECT_EQ(options->subject, "remaphore");
  EXPECT_TRUE(options->mixed);
}

TEST(FleetCommandLineTest, TakesEverythingAfterTwoDashesAsOperands) {
  EXPECT_EQ(parse({"revoke", "--", "-dir", "--x"})->operands, Texts{"--x"});
}

TEST(FleetCommandLineTest, KnowsEveryCommand) {
  EXPECT_EQ(parse({"add", "D", "a", "--public-key", "K"})->public_key, "K");
  EXPECT_EQ(parse({"check", "/etc/x"})->place, "/etc/x");
  EXPECT_TRUE(parse({"check", "/etc/x", "--ping"})->ping);
  EXPECT_EQ(parse({"check", "/etc/x", "--user", "u:g"})->user, "u:g");
  EXPECT_EQ(parse({"set", "D", "a=x!"})->operands, Texts{"a=x!"});
  EXPECT_EQ(parse({"groups", "D"})->operands, Texts{});
  EXPECT_EQ(parse({"groups", "D", "web", "a,b"})->operands, (Texts{"web", "a,b"}));
  EXPECT_EQ(parse({"groups", "D", "--remove", "web"})->remove, "web");
  EXPECT_EQ(parse({"init", "D", "--server", "x", "a", "--fleet-name", "f"})->fleet_name, "f");
  EXPECT_EQ(parse({"keygen"})->operands, Texts{});
  EXPECT_EQ(parse({"keygen", "com.a"})->operands, Texts{"com.a"});
  EXPECT_EQ(parse({"hub", "D"})->command, Command::kHub);
  EXPECT_EQ(parse({"provision", "D", "--keep", "1h"})->keep, "1h");
  EXPECT_EQ(parse({"servers", "D", "--server", "x", "--listen", "y", "--listen", "z"})->listen_addresses,
            (Texts{"y", "z"}));
  EXPECT_EQ(parse({"hub", "D", "--server", "2"})->server_number, "2");
  EXPECT_EQ(parse({"init", "D", "a", "--server", "x", "--keep-bytes", "5M"})->keep_bytes, "5M");
  EXPECT_EQ(parse({"provision", "D", "--keep-subject=a", "--keep-subject", "b"})->keep_subjects, (Texts{"a", "b"}));
  EXPECT_EQ(parse({"demo"})->command, Command::kDemo);
  EXPECT_EQ(parse({"--version"})->command, Command::kVersion);
  for (const char* word : {"-h", "--help", "help"}) EXPECT_EQ(parse({word})->command, Command::kHelp);
  EXPECT_EQ(parse({"init", "-h"})->command, Command::kHelp);
}

TEST(FleetCommandLineTest, GivesEveryFlagAKindThatItsRowCanHave) {
  for (const FlagRow& flag : flag_table()) {
    EXPECT_EQ(flag.metavar.empty(), flag.kind == ValueKind::kFlag) << flag.long_name;
    EXPECT_FALSE(flag.long_name.empty());
    EXPECT_FALSE(flag.help.empty()) << flag.long_name;
  }
}

TEST(FleetCommandLineTest, HasNoFlagTwiceInACommand) {
  for (const CommandRow& row : command_table()) {
    std::set<std::string_view> names;
    for (const FlagRow& flag : flag_table()) {
      if (!flag.commands.has(row.command)) continue;
      EXPECT_TRUE(names.insert(flag.long_name).second) << row.name << " " << flag.long_name;
      if (!flag.short_name.empty()) EXPECT_TRUE(names.insert(flag.short_name).second) << row.name;
    }
  }
}

TEST(FleetCommandLineTest, ChecksDurations) {
  EXPECT_EQ(parse({"publish", "D", "-t", "5s"})->timeout, "5s");
  EXPECT_EQ(parse({"publish", "D", "--timeout=0"})->timeout, "0");
  EXPECT_EQ(error_of({"publish", "D", "-t", "-1s"}), "-t must not be negative: \"-1s\"; see remaphore-fleet --help");
  EXPECT_EQ(error_of({"publish", "D", "--timeout", "5"}).find("--timeout: not a duration"), 0u);
}

TEST(FleetCommandLineTest, TakesJsonWithEveryCommand) {
  for (const CommandRow& row : command_table()) {
    std::vector<std::string_view> words{row.name, "--json"};
    if (row.command == Command::kInit || row.command == Command::kServers) words.insert(words.end(), {"--server", "x"});
    if (row.first == FirstOperand::kPlace) words.emplace_back("D");
    for (std::size_t i = 0; i < row.least; ++i) words.emplace_back("a");
    const Result<Options> options = parse(words);
    ASSERT_TRUE(options) << row.name << ": " << options.error().message;
    EXPECT_EQ(options->format, OutputFormat::kJson) << row.name;
  }
}

TEST(FleetCommandLineTest, ReportsWhatIsWrong) {
  EXPECT_EQ(error_of({"groups", "D", "web"}),
            "groups takes NAME MEMBER,MEMBER, or --remove NAME, or neither to show them; see remaphore-fleet --help");
  EXPECT_EQ(error_of({}), "no command; see remaphore-fleet --help");
  EXPECT_EQ(error_of({"frob"}), "unknown command \"frob\"; see remaphore-fleet --help");
  EXPECT_EQ(error_of({"init", "D", "a"}),
            "init needs --server URL, where the nodes find the fleet's server; see remaphore-fleet --help");
  EXPECT_EQ(error_of({"init", "D", "--server", "x"}),
            "too few arguments: remaphore-fleet init DIR --server URL NODE ...; see remaphore-fleet --help");
  EXPECT_EQ(error_of({"servers", "D"}),
            "servers needs --server URL, where the nodes find the fleet's server; see remaphore-fleet --help");
  EXPECT_EQ(error_of({"hub"}), "too few arguments: remaphore-fleet hub DIR; see remaphore-fleet --help");
  EXPECT_EQ(error_of({"hub", "D", "E"}), "too many arguments: remaphore-fleet hub DIR; see remaphore-fleet --help");
  EXPECT_EQ(error_of({"demo", "D"}), "too many arguments: remaphore-fleet demo; see remaphore-fleet --help");
  EXPECT_EQ(error_of({"hub", ""}), "too few arguments: remaphore-fleet hub DIR; see remaphore-fleet --help");
  EXPECT_EQ(error_of({"hub", "D", "--mixed"}), "hub has no option --mixed; see remaphore-fleet --help");
  EXPECT_EQ(error_of({"add", "D", "--keep", "1h"}), "add has no option --keep; see remaphore-fleet --help");
  EXPECT_EQ(error_of({"init", "--colour"}), "unknown option \"--colour\"; see remaphore-fleet --help");
  EXPECT_EQ(error_of({"init", "--server"}), "--server needs a value; see remaphore-fleet --help");
  EXPECT_EQ(error_of({"init", "--server="}), "--server needs a value; see remaphore-fleet --help");
  EXPECT_EQ(error_of({"init", "--mixed=yes"}), "--mixed takes no value; see remaphore-fleet --help");
  EXPECT_EQ(error_of({"add", "D", "a", "b", "--public-key", "K"}),
            "--public-key belongs to exactly one node; see remaphore-fleet --help");
}

}  // namespace
}  // namespace remaphore::fleet
